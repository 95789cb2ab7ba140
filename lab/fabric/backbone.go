package fabric

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"tripvpn/lab/fabric/netns"
)

// Raise makes the backbone and the operator's namespace behind it. It fails
// where they exist already.
func Raise(ctx context.Context) error {
	if err := errors.Join(netns.Add(ctx, Internet), netns.Add(ctx, Operator)); err != nil {
		return err
	}
	if err := forwarding(Internet); err != nil {
		return err
	}
	var resolvers []string
	for _, r := range PublicResolvers {
		resolvers = append(resolvers, fmt.Sprintf("address add %s dev lo", netip.PrefixFrom(r, r.BitLen())))
	}
	if err := netns.IP(ctx, Internet, resolvers...); err != nil {
		return fmt.Errorf("addressing the public resolvers: %w", err)
	}
	err := netns.IP(ctx, Internet,
		fmt.Sprintf("address add %s/32 dev lo", Web),
		fmt.Sprintf("address add %s/128 dev lo", Web6),
		fmt.Sprintf("address add %s/32 dev lo", DNS),
		fmt.Sprintf("address add %s/128 dev lo", DNS6),
		fmt.Sprintf("address add %s/32 dev lo", PackageProxy.Addr()),
		fmt.Sprintf("link add operator type veth peer name eth0 netns %s", Operator),
		fmt.Sprintf("address add %s dev operator", operatorGateway),
		fmt.Sprintf("address add %s dev operator nodad", operatorGateway6),
		"link set operator up",
	)
	if err != nil {
		return fmt.Errorf("making the backbone: %w", err)
	}
	err = netns.IP(ctx, Operator,
		fmt.Sprintf("address add %s/%d dev eth0", OperatorAddress, operatorGateway.Bits()),
		fmt.Sprintf("address add %s/%d dev eth0 nodad", OperatorAddress6, operatorGateway6.Bits()),
		"link set eth0 up",
		// There is no default route, so connections to addresses outside the lab's
		// Internet, such as the machine's own name server, fail at once.
		fmt.Sprintf("route add 203.0.113.0/24 via %s", operatorGateway.Addr()),
		fmt.Sprintf("route add 192.0.2.0/24 via %s", operatorGateway.Addr()),
		fmt.Sprintf("route add 2001:db8::/32 via %s", operatorGateway6.Addr()),
	)
	if err != nil {
		return fmt.Errorf("connecting the operator: %w", err)
	}
	return nil
}

// Raze removes every namespace that a Fabric or Raise ever makes, whatever process
// made it. Processes in them must have ended.
func Raze(ctx context.Context) error {
	names, err := netns.List()
	if err != nil {
		return err
	}
	var errs []error
	for _, name := range names {
		if ours(name) {
			errs = append(errs, netns.Delete(ctx, name))
		}
	}
	return errors.Join(errs...)
}

func ours(namespace string) bool {
	for _, prefix := range []string{routerPrefix, hostPrefix, accessPrefix, travellerPrefix} {
		if strings.HasPrefix(namespace, prefix) {
			return true
		}
	}
	return namespace == Internet || namespace == Operator
}

// forwarding makes a namespace a router.
func forwarding(namespace string) error {
	return errors.Join(
		netns.Sysctl(namespace, "net.ipv4.conf.all.forwarding", "1"),
		netns.Sysctl(namespace, "net.ipv6.conf.all.forwarding", "1"),
	)
}
