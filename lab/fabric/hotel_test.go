package fabric_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/fabric"
	"tripvpn/lab/fabric/netns"
)

// echo returns every datagram that arrives at an address of a namespace.
func echo(t *testing.T, namespace string, at netip.AddrPort) {
	t.Helper()
	server, err := netns.ListenPacket(context.Background(), namespace, "udp", at.String())
	require.NoError(t, err)
	t.Cleanup(func() { server.Close() })
	go func() {
		buffer := make([]byte, 64)
		for n, from, err := server.ReadFrom(buffer); err == nil; n, from, err = server.ReadFrom(buffer) {
			server.WriteTo(buffer[:n], from)
		}
	}()
}

// exchange sends a datagram and waits for the answer, at most half a second.
func exchange(conn net.Conn) error {
	if err := conn.SetDeadline(time.Now().Add(500 * time.Millisecond)); err != nil {
		return err
	}
	if _, err := conn.Write([]byte("hello")); err != nil {
		return err
	}
	_, err := conn.Read(make([]byte, 64))
	return err
}

// open returns a socket in a namespace that sends to an address.
func open(t *testing.T, namespace string, to netip.AddrPort) net.Conn {
	t.Helper()
	conn, err := netns.Dial(context.Background(), namespace, "udp", to.String())
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	return conn
}

func admitAnyone(protocol string, port uint16) []fabric.Rule {
	return []fabric.Rule{admit(protocol, port, world), admit(protocol, port, world6)}
}

// TestNetworkThatBlocksUDP blocks it also for a socket that was in use before.
func TestNetworkThatBlocksUDP(t *testing.T) {
	l := start(t, append(append(allOut, admitAnyone("udp", 1194)...), admitAnyone("tcp", 443)...)).mapped(t)
	ctx := context.Background()
	neighbour, err := l.Traveller(ctx, "neighbour")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, neighbour.Remove(ctx)) })

	for family, a := range map[string]struct{ inside, outside, dns netip.Addr }{
		"IPv4": {l.host.Address(), l.public, fabric.DNS},
		"IPv6": {l.host.Address6(), l.public6, fabric.DNS6},
	} {
		t.Run(family, func(t *testing.T) {
			echo(t, l.host.Namespace(), netip.AddrPortFrom(a.inside, 1194))
			echo(t, fabric.Internet, netip.AddrPortFrom(a.dns, 53))
			tellCaller(t, l.host.Namespace(), a.inside, 443)
			server := netip.AddrPortFrom(a.outside, 1194)
			used := open(t, l.traveller.Namespace(), server)
			require.NoError(t, exchange(used))

			for _, treatment := range []struct {
				verdict fabric.UDP
				failure error
			}{
				{fabric.Dropped, os.ErrDeadlineExceeded}, {fabric.Rejected, syscall.ECONNREFUSED}, {fabric.Passed, nil},
			} {
				require.NoError(t, l.traveller.TreatUDP(ctx, treatment.verdict))
				for name, conn := range map[string]net.Conn{"used before": used, "new": open(t, l.traveller.Namespace(), server)} {
					err := exchange(conn)
					require.True(t, errors.Is(err, treatment.failure), "UDP: %s, a socket that is %s: %v", treatment.verdict, name, err)
				}
				_, err := call(l.traveller.Namespace(), a.outside, 443)
				require.NoError(t, err, "TCP passes")
				require.NoError(t, exchange(open(t, l.traveller.Namespace(), netip.AddrPortFrom(a.dns, 53))), "the name server answers")
				require.NoError(t, exchange(open(t, neighbour.Namespace(), server)), "another traveller's network is not affected")
			}
		})
	}
}

func TestNextTravellerFindsUDPOpen(t *testing.T) {
	l := start(t, append(allOut, admitAnyone("udp", 1194)...)).mapped(t)
	ctx := context.Background()
	echo(t, l.host.Namespace(), netip.AddrPortFrom(l.host.Address(), 1194))
	server := netip.AddrPortFrom(l.public, 1194)
	before, err := l.Traveller(ctx, "before")
	require.NoError(t, err)
	require.NoError(t, before.TreatUDP(ctx, fabric.Dropped))
	require.ErrorIs(t, exchange(open(t, before.Namespace(), server)), os.ErrDeadlineExceeded)
	address := before.Address()
	require.NoError(t, before.Remove(ctx))

	next, err := l.Traveller(ctx, "next")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, next.Remove(ctx)) })
	require.Equal(t, address, next.Address(), "at the same port")
	require.NoError(t, exchange(open(t, next.Namespace(), server)))
}

func TestUnknownTreatmentIsRefused(t *testing.T) {
	l := start(t, nil)
	for _, verdict := range []fabric.UDP{"", "throttle"} {
		require.ErrorContains(t, l.traveller.TreatUDP(context.Background(), verdict), "it can only accept, drop or reject it")
	}
}
