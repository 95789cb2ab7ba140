package fabric_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/fabric"
)

// TestRoamingBetweenFamilies goes to networks with one family, and back to the first
// network each time. What the network does to packets goes along.
func TestRoamingBetweenFamilies(t *testing.T) {
	l := start(t, append(allOut, admit("tcp", 22, world), admit("tcp", 22, world6))).mapped(t)
	ctx := context.Background()
	tellCaller(t, l.host.Namespace(), l.host.Address(), 22)
	tellCaller(t, l.host.Namespace(), l.host.Address6(), 22)
	require.NoError(t, l.traveller.LimitPackets(ctx, fabric.PathMTU{Bytes: 1280}))
	home, home6 := l.traveller.Address(), l.traveller.Address6()

	roam := func(families fabric.Families) {
		require.NoError(t, l.traveller.Unplug(ctx))
		require.NoError(t, l.traveller.Roam(ctx, families))
		require.NoError(t, l.traveller.Plug(ctx))
	}
	requireReaches := func(ipv4, ipv6 bool) {
		t.Helper()
		said, err := call(l.traveller.Namespace(), l.public, 22)
		require.Equal(t, ipv4, err == nil, "IPv4: %v", err)
		if ipv4 {
			require.Equal(t, l.traveller.Address().String(), said)
		} else {
			require.ErrorContains(t, err, "unreachable")
		}
		said, err = call(l.traveller.Namespace(), l.public6, 22)
		require.Equal(t, ipv6, err == nil, "IPv6: %v", err)
		if ipv6 {
			require.Equal(t, l.traveller.Address6().String(), said)
		} else {
			require.ErrorContains(t, err, "unreachable")
		}
		require.Equal(t, ipv4, l.traveller.Address().IsValid())
		require.Equal(t, ipv6, l.traveller.Address6().IsValid())
	}

	requireReaches(true, true)
	for _, families := range []fabric.Families{fabric.OnlyIPv4, fabric.OnlyIPv6, fabric.IPv4AndIPv6} {
		roam(families)
		requireReaches(families != fabric.OnlyIPv6, families != fabric.OnlyIPv4)
		require.NotEqual(t, home, l.traveller.Address())
		require.NotEqual(t, home6, l.traveller.Address6())
		roam(fabric.IPv4AndIPv6)
		requireReaches(true, true)
		require.Equal(t, home, l.traveller.Address())
		require.Equal(t, home6, l.traveller.Address6())
	}
}
