package fabric

import (
	"context"
	"errors"
	"fmt"

	"tripvpn/lab/fabric/netns"
)

// access is a traveller's network: a router between the backbone and the traveller.
type access struct {
	name string
	slot int
}

func (a access) router() string { return accessPrefix + a.name }

// cable is the backbone's end of the cable to the router.
func (a access) cable() string { return fmt.Sprintf("t%d", a.slot) }

// raise makes the router and its cable to the backbone.
func (a access) raise(ctx context.Context) error {
	if err := netns.Add(ctx, a.router()); err != nil {
		return err
	}
	if err := forwarding(a.router()); err != nil {
		return err
	}
	link, cable := accessUplink(a.slot), a.cable()
	err := errors.Join(
		netns.IP(ctx, Internet,
			fmt.Sprintf("link add %s type veth peer name %s netns %s", cable, upDevice, a.router()),
			fmt.Sprintf("address add %s/31 dev %s", link.backbone, cable),
			fmt.Sprintf("address add fe80::1/64 dev %s nodad", cable),
			fmt.Sprintf("link set %s up", cable)),
		netns.IP(ctx, a.router(),
			fmt.Sprintf("address add %s/31 dev %s", link.router, upDevice),
			fmt.Sprintf("address add fe80::2/64 dev %s nodad", upDevice),
			fmt.Sprintf("link set %s up", upDevice)),
	)
	if err == nil {
		err = netns.IP(ctx, a.router(), a.defaults("add", 0)...)
	}
	if err == nil {
		err = netns.NFT(ctx, a.router(), localResolver)
	}
	if err != nil {
		return fmt.Errorf("connecting the network of %q: %w", a.name, err)
	}
	return nil
}

// localResolver has the router answer questions for names, as the resolver of the local
// network. DNS gets them, and sees the host that asked.
var localResolver = fmt.Sprintf(`table inet resolver {
	chain prerouting {
		type nat hook prerouting priority dstnat
		iifname %q fib daddr type local meta nfproto ipv4 meta l4proto { tcp, udp } th dport 53 dnat ip to %s
	}
}
`, travellerPort, DNS)

// defaults are the router's routes to the backbone, for packets of that size.
func (a access) defaults(verb string, bytes int) []string {
	return []string{
		fmt.Sprintf("route %s default via %s%s", verb, accessUplink(a.slot).backbone, mtu(bytes)),
		fmt.Sprintf("route %s default via fe80::1 dev %s%s", verb, upDevice, mtu(bytes)),
	}
}

// attach has the backbone send what is for a host's network to the router, and detach
// ends that. Packets to no host end at the router, and do not loop.
func (a access) attach(ctx context.Context, h Host) error { return a.route(ctx, "add", h) }

func (a access) detach(ctx context.Context, h Host) error { return a.route(ctx, "del", h) }

func (a access) route(ctx context.Context, verb string, h Host) error {
	var ends, ways []string
	if network := h.Gateway.Masked(); network.IsValid() {
		ends = append(ends, fmt.Sprintf("route %s blackhole %s", verb, network))
		ways = append(ways, fmt.Sprintf("route %s %s via %s", verb, network, accessUplink(a.slot).router))
	}
	if network := h.Gateway6.Masked(); network.IsValid() {
		ends = append(ends, fmt.Sprintf("route %s blackhole %s", verb, network))
		ways = append(ways, fmt.Sprintf("route %s %s via fe80::2 dev %s", verb, network, a.cable()))
	}
	if err := errors.Join(netns.IP(ctx, a.router(), ends...), netns.IP(ctx, Internet, ways...)); err != nil {
		return fmt.Errorf("routing to %q: %w", h.Name, err)
	}
	return nil
}

// lower removes the router, with all that it does to packets.
func (a access) lower(ctx context.Context) error {
	var err error
	if netns.HasDevice(Internet, a.cable()) {
		err = netns.IP(ctx, Internet, "link delete "+a.cable())
	}
	return errors.Join(err, netns.Delete(ctx, a.router()))
}
