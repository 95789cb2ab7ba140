package host_test

import (
	"context"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/bootstrap/host"
)

// The response codes of RFC 1035, section 4.1.1.
const (
	serverFailure = 2
	nameError     = 3
)

// resolver answers every question with a response code, and notes who asked.
func resolver(t *testing.T, code byte) (at netip.AddrPort, asked <-chan netip.Addr) {
	t.Helper()
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = socket.Close() })
	from := make(chan netip.Addr, 100)
	go func() {
		packet := make([]byte, 1500)
		for {
			n, sender, err := socket.ReadFrom(packet)
			if err != nil {
				return
			}
			packet[2] |= 0x80 // a response
			packet[3] = code
			_, _ = socket.WriteTo(packet[:n], sender)
			from <- netip.MustParseAddrPort(sender.String()).Addr()
		}
	}()
	return netip.MustParseAddrPort(socket.LocalAddr().String()), from
}

func TestResolve(t *testing.T) {
	own := netip.MustParseAddr("127.0.0.2")
	at, asked := resolver(t, nameError)
	require.NoError(t, host.Resolve(t.Context(), own, at), "that there is no such name is an answer")
	require.Equal(t, own, <-asked)

	at, _ = resolver(t, serverFailure)
	require.Error(t, host.Resolve(t.Context(), own, at))

	silent, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	defer silent.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	require.Error(t, host.Resolve(ctx, own, netip.MustParseAddrPort(silent.LocalAddr().String())))
}
