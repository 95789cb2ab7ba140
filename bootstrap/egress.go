package main

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"tripvpn/bootstrap/host"
	"tripvpn/internal/spec"
)

// serverNumber is the number of the server's own address in a tunnel (helper_client_server
// in OpenVPN's helper.c).
const serverNumber = 1

// checkEgress asks the resolvers of clients from the server's address in each tunnel. An
// answer comes back only if the packets were translated, so this shows an obstacle that
// the rules and settings do not: a table of another program, or a route of the network.
// The packets come from the host itself, so they do not show that packets are forwarded.
// Families without a resolver are not checked.
func (p program) checkEgress(ctx context.Context, s spec.Spec, found *problems) {
	for _, from := range tunnelAddresses(s) {
		resolvers := slices.DeleteFunc(slices.Clone(s.Identity.DNS), func(r netip.Addr) bool { return r.Is4() != from.Is4() })
		if len(resolvers) == 0 {
			continue
		}
		found.check(p.reach(ctx, from, resolvers), "devices do not reach the Internet over "+family(from),
			"run tripvpn-bootstrap apply; if the problem returns, read: sudo iptables-save; sudo ip6tables-save; ip rule; ip route; ip -6 route")
	}
}

// reach returns nil if one of the resolvers answers an address of the tunnel, and otherwise
// whether they answer the host.
func (p program) reach(ctx context.Context, from netip.Addr, resolvers []netip.Addr) error {
	patient, cancel := context.WithTimeout(ctx, p.readyTimeout)
	defer cancel()
	if until(patient, func() error { return p.askAny(patient, from, resolvers) }) == nil {
		return nil
	}
	own := netip.IPv4Unspecified()
	if from.Is6() {
		own = netip.IPv6Unspecified()
	}
	list := fmt.Sprint(resolvers)
	if p.askAny(ctx, own, resolvers) == nil {
		return fmt.Errorf("the resolvers of devices, %s, answer this host, but not %s, its address in the tunnel", list, from)
	}
	return fmt.Errorf("the resolvers of devices, %s, answer neither this host nor %s, its address in the tunnel", list, from)
}

// askAny returns nil if one of the resolvers answers.
func (p program) askAny(ctx context.Context, from netip.Addr, resolvers []netip.Addr) error {
	var err error
	for _, resolver := range resolvers {
		if err = p.ask(ctx, from, resolver); err == nil {
			return nil
		}
	}
	return err
}

// tunnelAddresses are the server's addresses in the tunnels, of the families in which
// clients reach the Internet. Listeners may share them.
func tunnelAddresses(s spec.Spec) []netip.Addr {
	var addresses []netip.Addr
	add := func(a netip.Addr) {
		if !slices.Contains(addresses, a) {
			addresses = append(addresses, a)
		}
	}
	for _, l := range s.Listeners {
		address4, address6 := l.Addresses(serverNumber)
		add(address4)
		if s.IPv6 {
			add(address6)
		}
	}
	return addresses
}

func family(a netip.Addr) string {
	if a.Is4() {
		return "IPv4"
	}
	return "IPv6"
}

// ask returns nil if a resolver answers a question from one of the host's addresses.
func ask(ctx context.Context, from, resolver netip.Addr) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	return host.Resolve(ctx, from, netip.AddrPortFrom(resolver, 53))
}
