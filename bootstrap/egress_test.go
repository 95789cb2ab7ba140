package main

import (
	"context"
	"errors"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/spec"
	"tripvpn/internal/spec/spectest"
)

// Each family is checked from the server's address in each tunnel, and the message says
// whether only the tunnel lacks answers.
func TestEgress(t *testing.T) {
	address := netip.MustParseAddr
	s := spectest.New(t).Spec(t, "laptop")
	s.Identity.DNS = []netip.Addr{address("192.0.2.53"), address("192.0.2.54"), address("2001:db8::53")}
	s.Listeners = []spec.Listener{spectest.First, spectest.Second}
	s.Listeners[1].Subnet, s.Listeners[1].Subnet6 = s.Listeners[0].Subnet, s.Listeners[0].Subnet6
	tunnel, tunnel6 := s.Listeners[0].Addresses(1)

	problemsWhere := func(s spec.Spec, silent func(from, resolver netip.Addr) bool) (asked []netip.Addr, whats []string) {
		p := on(freshMachine(t))
		p.readyTimeout = 0
		p.ask = func(_ context.Context, from, resolver netip.Addr) error {
			asked = append(asked, from)
			if silent(from, resolver) {
				return errors.New("no answer")
			}
			return nil
		}
		var found problems
		p.checkEgress(t.Context(), s, &found)
		for _, problem := range found {
			whats = append(whats, problem.What)
		}
		return asked, whats
	}

	asked, whats := problemsWhere(s, func(_, _ netip.Addr) bool { return false })
	require.Empty(t, whats)
	require.Equal(t, []netip.Addr{tunnel, tunnel6}, asked, "once where listeners share addresses")

	_, whats = problemsWhere(s, func(_, resolver netip.Addr) bool { return resolver == address("192.0.2.53") })
	require.Empty(t, whats, "one resolver is enough")

	_, whats = problemsWhere(s, func(from, _ netip.Addr) bool { return from == tunnel })
	require.Equal(t, []string{"devices do not reach the Internet over IPv4: the resolvers of devices, [192.0.2.53 192.0.2.54], " +
		"answer this host, but not " + tunnel.String() + ", its address in the tunnel"}, whats)

	_, whats = problemsWhere(s, func(_, resolver netip.Addr) bool { return resolver.Is6() })
	require.Equal(t, []string{"devices do not reach the Internet over IPv6: the resolvers of devices, [2001:db8::53], " +
		"answer neither this host nor " + tunnel6.String() + ", its address in the tunnel"}, whats)

	s.IPv6 = false
	asked, _ = problemsWhere(s, func(_, _ netip.Addr) bool { return false })
	require.Equal(t, []netip.Addr{tunnel}, asked)

	s.IPv6, s.Identity.DNS = true, s.Identity.DNS[:2]
	asked, _ = problemsWhere(s, func(_, _ netip.Addr) bool { return false })
	require.Equal(t, []netip.Addr{tunnel}, asked, "no resolver of the family, no question")
}
