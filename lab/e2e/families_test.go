package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/fabric"
)

// connectsOverIPv6 connects anew in a network that has only IPv6. Before the first
// server's IPv6 address, the client tries all servers over IPv4.
func (h *hotel) connectsOverIPv6(t *testing.T) {
	for _, d := range h.devices() {
		d.disconnectWatched(t)
		require.NoError(t, d.Unplug(t.Context()))
		require.NoError(t, d.Roam(t.Context(), fabric.OnlyIPv6))
		require.NoError(t, d.Plug(t.Context()))
		require.False(t, d.Address().IsValid())
	}
	t.Run("both", func(t *testing.T) {
		for name, d := range h.devices() {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				began := time.Now()
				d.start(t)
				require.NoError(t, d.session.AwaitConnected(within(t, 30*time.Second)))
				t.Logf("connected over IPv6 after %.1f s", time.Since(began).Seconds())
				require.Equal(t, "UDP", d.transport())
				h.requireServed(t, d, east)
			})
		}
	})
	require.Equal(t, map[string]string{"anna": overUDP, "bert": overUDP}, h.listeners(t))
	require.Equal(t, h.tunnel, h.tunnelAddresses(t))
	for _, d := range h.devices() {
		d.disconnect(t)
		require.NoError(t, d.Unplug(t.Context()))
		require.NoError(t, d.Roam(t.Context(), fabric.IPv4AndIPv6))
		require.NoError(t, d.Plug(t.Context()))
		d.connect(t)
	}
}
