package handshake

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/controlchannel"
)

// TestPacketsThatAreLostAreSentAgain loses every third packet, in each direction.
func TestPacketsThatAreLostAreSentAgain(t *testing.T) {
	for _, mode := range []controlchannel.Mode{controlchannel.TLSCryptV2, controlchannel.TLSAuth} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			b := newBoth(t, mode)
			server := b.serve(t, "udp4")
			address, lost := relay(t, server.Address, 3)
			conn, err := net.Dial("udp4", address)
			require.NoError(t, err)
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			require.Equal(t, Result{Admitted, nil}, Run(ctx, conn, b.client(t), b.identity(t, b.Authority)), "%s", server.Log())
			require.Greater(t, lost.Load(), int64(2))
		})
	}
}

// relay passes datagrams between one client and a server, except every nth. It returns its
// address, and how many it has lost.
func relay(t *testing.T, server string, nth int64) (string, *atomic.Int64) {
	t.Helper()
	near, err := net.ListenPacket("udp4", "127.0.0.1:0")
	require.NoError(t, err)
	far, err := net.Dial("udp4", server)
	require.NoError(t, err)
	t.Cleanup(func() { near.Close(); far.Close() })
	var lost atomic.Int64
	var client atomic.Value
	pass := func(count int64, write func() error) {
		if count%nth == 0 {
			lost.Add(1)
		} else if write() != nil {
			return
		}
	}
	go func() {
		packet := make([]byte, 1<<16)
		for count := int64(1); ; count++ {
			n, from, err := near.ReadFrom(packet)
			if err != nil {
				return
			}
			client.Store(from)
			pass(count, func() error { _, err := far.Write(packet[:n]); return err })
		}
	}()
	go func() {
		packet := make([]byte, 1<<16)
		for count := int64(1); ; count++ {
			n, err := far.Read(packet)
			if err != nil {
				return
			}
			pass(count, func() error { _, err := near.WriteTo(packet[:n], client.Load().(net.Addr)); return err })
		}
	}()
	return near.LocalAddr().String(), &lost
}
