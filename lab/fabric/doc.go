// Package fabric is the lab's Internet: network namespaces with virtual
// cables between them. In the middle is a backbone; behind it are the
// operator, travellers, and one router per region. Hosts are attached to the
// router, which works for them as a VPC does: gateway, Elastic IPs, security
// groups.
//
//	tvl-operator ─┐              ┌─ tvl-r-REGION ─┬─ tvl-h-MACHINE
//	              ├─ tvl-internet┤                └─ tvl-h-MACHINE
//	tvl-t-NAME  ──┘              └─ tvl-r-REGION ─── tvl-h-MACHINE
//
// Nothing in it leads to the machine's own network. The package owns
// addresses, routes and filters; it does not know the programs in a
// namespace.
package fabric
