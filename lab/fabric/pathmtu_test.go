package fabric_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"tripvpn/lab/fabric"
	"tripvpn/lab/fabric/netns"
)

// mayBeDivided lets routers divide a socket's IPv4 packets (ip(7), IP_MTU_DISCOVER).
func mayBeDivided(t *testing.T, conn net.Conn) {
	t.Helper()
	raw, err := conn.(*net.UDPConn).SyscallConn()
	require.NoError(t, err)
	var failure error
	require.NoError(t, raw.Control(func(fd uintptr) {
		failure = unix.SetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_MTU_DISCOVER, unix.IP_PMTUDISC_DONT)
	}))
	require.NoError(t, failure)
}

// carries reports whether a datagram arrives within half a second, in a packet of that
// size if it is not divided.
func carries(t *testing.T, conn net.Conn, bytes int) bool {
	t.Helper()
	header := 28
	if conn.RemoteAddr().(*net.UDPAddr).IP.To4() == nil {
		header = 48
	}
	require.NoError(t, conn.SetDeadline(time.Now().Add(500*time.Millisecond)))
	_, err := conn.Write(make([]byte, bytes-header))
	require.NoError(t, err)
	_, err = conn.Read(make([]byte, 64))
	if err != nil && !errors.Is(err, syscall.EMSGSIZE) { // that is IPv6's answer
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
	}
	return err == nil
}

// path is one from a namespace to an address, which its owner may know by another.
type path struct {
	from     string // namespace
	to, seen netip.Addr
	at       string // namespace
}

// paths are those from the traveller to the host and back, in both families.
func (l lab) paths() map[string]path {
	here, there := l.traveller, l.host
	return map[string]path{
		"IPv4 from the traveller": {here.Namespace(), l.public, there.Address(), there.Namespace()},
		"IPv6 from the traveller": {here.Namespace(), l.public6, there.Address6(), there.Namespace()},
		"IPv4 to the traveller":   {there.Namespace(), here.Address(), here.Address(), here.Namespace()},
		"IPv6 to the traveller":   {there.Namespace(), here.Address6(), here.Address6(), here.Namespace()},
	}
}

func TestNarrowPath(t *testing.T) {
	const size = 1300
	ctx := context.Background()
	for _, silent := range []bool{false, true} {
		t.Run(fmt.Sprintf("silent: %t", silent), func(t *testing.T) {
			l := start(t, append(allOut, admitAnyone("udp", 1194)...)).mapped(t)
			require.NoError(t, l.traveller.LimitPackets(ctx, fabric.PathMTU{Bytes: size, Silent: silent}))
			for name, path := range l.paths() {
				// The answers are short.
				reply(t, path.at, netip.AddrPortFrom(path.seen, 1194))
				conn := open(t, path.from, netip.AddrPortFrom(path.to, 1194))
				require.True(t, carries(t, conn, size), name)
				require.False(t, carries(t, conn, size+1), name)
				require.Equal(t, !silent, carries(t, conn, size+1), "%s: a sender that is told divides the next packet", name)
			}
			conn := open(t, l.traveller.Namespace(), netip.AddrPortFrom(l.public, 1194))
			mayBeDivided(t, conn)
			require.True(t, carries(t, conn, size+1), "the router divides it")
		})
	}
}

// reply answers every datagram with a short one.
func reply(t *testing.T, namespace string, at netip.AddrPort) {
	t.Helper()
	server, err := netns.ListenPacket(context.Background(), namespace, "udp", at.String())
	require.NoError(t, err)
	t.Cleanup(func() { server.Close() })
	go func() {
		buffer := make([]byte, 9001)
		for _, from, err := server.ReadFrom(buffer); err == nil; _, from, err = server.ReadFrom(buffer) {
			server.WriteTo([]byte{0}, from)
		}
	}()
}

func TestNetworkIsWideAgain(t *testing.T) {
	l := start(t, append(allOut, admitAnyone("udp", 1194)...)).mapped(t)
	ctx := context.Background()
	require.NoError(t, l.traveller.LimitPackets(ctx, fabric.PathMTU{Bytes: 1280, Silent: true}))
	require.NoError(t, l.traveller.LimitPackets(ctx, fabric.PathMTU{}))
	for name, path := range l.paths() {
		reply(t, path.at, netip.AddrPortFrom(path.seen, 1194))
		require.True(t, carries(t, open(t, path.from, netip.AddrPortFrom(path.to, 1194)), 1500), name)
	}
}

// TestTCPOnANarrowPath sends blocks that the sender's kernel leaves to be segmented. The
// path carries them only if the sender learns the size of its packets.
func TestTCPOnANarrowPath(t *testing.T) {
	for _, silent := range []bool{false, true} {
		t.Run(fmt.Sprintf("silent: %t", silent), func(t *testing.T) {
			l := start(t, append(allOut, admitAnyone("tcp", 443)...)).mapped(t)
			require.NoError(t, l.traveller.LimitPackets(t.Context(), fabric.PathMTU{Bytes: 1280, Silent: silent}))
			got := receive(t, l.host.Namespace(), netip.AddrPortFrom(l.host.Address(), 443))
			conn, err := netns.Dial(t.Context(), l.traveller.Namespace(), "tcp", netip.AddrPortFrom(l.public, 443).String())
			require.NoError(t, err, "the handshake's packets are small")
			const whole = 1 << 20
			require.NoError(t, conn.SetDeadline(time.Now().Add(time.Second)))
			_, err = conn.Write(make([]byte, whole))
			require.NoError(t, conn.Close())
			if silent {
				require.ErrorIs(t, err, os.ErrDeadlineExceeded)
				require.Zero(t, <-got)
			} else {
				require.NoError(t, err)
				require.EqualValues(t, whole, <-got)
			}
		})
	}
}

// receive counts the bytes that arrive within two seconds over one connection.
func receive(t *testing.T, namespace string, at netip.AddrPort) <-chan int64 {
	t.Helper()
	listener, err := netns.Listen(context.Background(), namespace, "tcp", at.String())
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	got := make(chan int64, 1)
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(2 * time.Second))
		n, _ := io.Copy(io.Discard, conn)
		got <- n
	}()
	return got
}

func TestImpossibleMTUIsRefused(t *testing.T) {
	l := start(t, nil)
	for _, bytes := range []int{-1, 576, 1501} {
		require.ErrorContains(t, l.traveller.LimitPackets(context.Background(), fabric.PathMTU{Bytes: bytes}), "it can only carry from 1280 to 1500 bytes")
	}
}

// TestInstanceSendsLargePackets also sends them to the Internet, which carries less.
func TestInstanceSendsLargePackets(t *testing.T) {
	l := start(t, append(allOut, admitAnyone("udp", 1194)...)).mapped(t)
	neighbour, _ := host(t, l.Fabric, region, 11, append(allOut, admitAnyone("udp", 1194)...))
	const size = 9001
	reply(t, neighbour.Namespace(), netip.AddrPortFrom(neighbour.Address(), 1194))
	require.True(t, carries(t, open(t, l.host.Namespace(), netip.AddrPortFrom(neighbour.Address(), 1194)), size))

	for _, address := range []netip.Addr{l.traveller.Address(), l.traveller.Address6()} {
		reply(t, l.traveller.Namespace(), netip.AddrPortFrom(address, 1194))
		conn := open(t, l.host.Namespace(), netip.AddrPortFrom(address, 1194))
		require.False(t, carries(t, conn, size), "the first packet to %s is answered with ICMP", address)
		require.True(t, carries(t, conn, size), "the sender divides the second packet to %s", address)
	}
}
