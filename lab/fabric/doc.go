// Package fabric is the lab's Internet: network namespaces with virtual
// cables between them. In the middle is a backbone; behind it are the
// operator, one router per traveller, and one per region. A traveller's router is that
// of a hotel or of a mobile operator, with all that it does to packets. Hosts are
// attached to a region's router, which works for them as a VPC does: gateway, Elastic
// IPs, security groups.
//
//	tvl-operator ────────────┐              ┌─ tvl-r-REGION ─┬─ tvl-h-MACHINE
//	                         ├─ tvl-internet┤                └─ tvl-h-MACHINE
//	tvl-t-NAME ─ tvl-a-NAME ─┘              └─ tvl-r-REGION ─── tvl-h-MACHINE
//
// Nothing in it leads to the machine's own network. The package owns
// addresses, routes and filters; it does not know the programs in a
// namespace.
package fabric
