package fabric_test

import (
	"context"
	"net/netip"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/fabric"
	"tripvpn/lab/fabric/netns"
)

// roundTrip is the shortest time of three exchanges.
func roundTrip(t *testing.T, namespace string, to netip.AddrPort) time.Duration {
	t.Helper()
	conn, shortest := open(t, namespace, to), time.Hour
	for range 3 {
		began := time.Now()
		require.NoError(t, exchange(conn))
		shortest = min(shortest, time.Since(began))
	}
	return shortest
}

func TestSlowNetwork(t *testing.T) {
	l := start(t, append(allOut, admitAnyone("udp", 1194)...)).mapped(t)
	ctx := context.Background()
	neighbour, err := l.Traveller(ctx, "neighbour")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, neighbour.Remove(ctx)) })
	const delay, slow = 50 * time.Millisecond, 100 * time.Millisecond
	for family, a := range map[string]struct{ inside, outside netip.Addr }{
		"IPv4": {l.host.Address(), l.public},
		"IPv6": {l.host.Address6(), l.public6},
	} {
		echo(t, l.host.Namespace(), netip.AddrPortFrom(a.inside, 1194))
		server := netip.AddrPortFrom(a.outside, 1194)
		require.Less(t, roundTrip(t, l.traveller.Namespace(), server), slow, family)

		require.NoError(t, l.traveller.Impair(ctx, fabric.Impairment{Delay: delay}))
		took := roundTrip(t, l.traveller.Namespace(), server)
		t.Logf("%s: a round trip of %s took %s", family, slow, took)
		require.GreaterOrEqual(t, took, slow, family)
		require.Less(t, took, 3*slow, family)
		require.Less(t, roundTrip(t, neighbour.Namespace(), server), slow, "another traveller's network is not affected")

		require.NoError(t, l.traveller.Impair(ctx, fabric.Impairment{}))
		require.Less(t, roundTrip(t, l.traveller.Namespace(), server), slow, family)
	}
}

// count counts the datagrams that arrive at an address of a namespace.
func count(t *testing.T, namespace string, at netip.AddrPort) *atomic.Int64 {
	t.Helper()
	server, err := netns.ListenPacket(context.Background(), namespace, "udp", at.String())
	require.NoError(t, err)
	t.Cleanup(func() { server.Close() })
	var arrived atomic.Int64
	go func() {
		for _, _, err := server.ReadFrom(make([]byte, 1)); err == nil; _, _, err = server.ReadFrom(make([]byte, 1)) {
			arrived.Add(1)
		}
	}()
	return &arrived
}

// settled waits until no datagram has arrived for half a second.
func settled(arrived *atomic.Int64) int64 {
	for before := int64(-1); before != arrived.Load(); time.Sleep(500 * time.Millisecond) {
		before = arrived.Load()
	}
	return arrived.Load()
}

// TestLossyNetwork loses three tenths of each direction, so half of the exchanges fail.
func TestLossyNetwork(t *testing.T) {
	l := start(t, append(allOut, admitAnyone("udp", 1194)...)).mapped(t)
	there := count(t, l.host.Namespace(), netip.AddrPortFrom(l.host.Address(), 1194))
	back := count(t, l.traveller.Namespace(), netip.AddrPortFrom(l.traveller.Address(), 1194))
	require.NoError(t, l.traveller.Impair(context.Background(), fabric.Impairment{Loss: 0.3}))
	for name, way := range map[string]struct {
		from    string
		to      netip.Addr
		arrived *atomic.Int64
	}{
		"from the traveller": {l.traveller.Namespace(), l.public, there},
		"to the traveller":   {l.host.Namespace(), l.traveller.Address(), back},
	} {
		conn := open(t, way.from, netip.AddrPortFrom(way.to, 1194))
		for range 1000 {
			_, err := conn.Write([]byte{0})
			require.NoError(t, err)
			time.Sleep(100 * time.Microsecond) // the receiver's buffer is small
		}
		arrived := settled(way.arrived)
		t.Logf("%s: %d of 1000 datagrams arrived", name, arrived)
		require.InDelta(t, 700, arrived, 80, name)
	}
}

func TestLossEndsWithTheTraveller(t *testing.T) {
	l := start(t, append(allOut, admitAnyone("udp", 1194)...)).mapped(t)
	ctx := context.Background()
	echo(t, l.host.Namespace(), netip.AddrPortFrom(l.host.Address(), 1194))
	server := netip.AddrPortFrom(l.public, 1194)
	before, err := l.Traveller(ctx, "before")
	require.NoError(t, err)
	require.NoError(t, before.Impair(ctx, fabric.Impairment{Loss: 1}))
	require.ErrorIs(t, exchange(open(t, before.Namespace(), server)), os.ErrDeadlineExceeded)
	require.NoError(t, before.Remove(ctx))

	next, err := l.Traveller(ctx, "before")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, next.Remove(ctx)) })
	require.NoError(t, exchange(open(t, next.Namespace(), server)))
}

func TestBufferOfASlowNetworkIsLimited(t *testing.T) {
	l := start(t, append(allOut, admitAnyone("udp", 1194)...)).mapped(t)
	arrived := count(t, l.host.Namespace(), netip.AddrPortFrom(l.host.Address(), 1194))
	require.NoError(t, l.traveller.Impair(context.Background(), fabric.Impairment{Delay: time.Second}))
	conn := open(t, l.traveller.Namespace(), netip.AddrPortFrom(l.public, 1194))
	for range 6000 {
		_, err := conn.Write([]byte{0})
		require.NoError(t, err)
	}
	time.Sleep(time.Second) // until the first is due
	n := settled(arrived)
	t.Logf("%d of 6000 datagrams arrived", n)
	require.Positive(t, n)
	require.LessOrEqual(t, n, int64(4096))
}

func TestImpossiblePathsAreRefused(t *testing.T) {
	l := start(t, nil)
	for _, i := range []fabric.Impairment{{Delay: -1}, {Loss: -0.1}, {Loss: 1.1}} {
		require.ErrorContains(t, l.traveller.Impair(context.Background(), i), "no path has a delay of")
	}
}
