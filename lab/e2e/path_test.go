package e2e

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/fabric"
	"tripvpn/lab/world"
)

// impair treats the packets of both devices so.
func (h *hotel) impair(t *testing.T, i fabric.Impairment) {
	t.Helper()
	for _, d := range h.devices() {
		require.NoError(t, d.Impair(t.Context(), i))
	}
}

func (h *hotel) limitPackets(t *testing.T, p fabric.PathMTU) {
	t.Helper()
	for _, d := range h.devices() {
		require.NoError(t, d.LimitPackets(t.Context(), p))
	}
}

// connectsSlowly connects anew, three times, over a path like that of a hotel on another
// continent: a round trip of 200 ms, and three of 100 packets lost each way.
func (h *hotel) connectsSlowly(t *testing.T) {
	h.impair(t, fabric.Impairment{Delay: 100 * time.Millisecond, Loss: 0.03})
	for range 3 {
		for name, d := range h.devices() {
			d.disconnect(t)
			began := time.Now()
			d.connect(t)
			connected := time.Since(began)
			require.Equal(t, "UDP", d.transport(), name)
			_, err := d.Fetch(t.Context(), world.AddressPage)
			require.NoError(t, err, name)
			t.Logf("%s was connected after %.1f s, and had a page after %.1f s", name, connected.Seconds(), time.Since(began).Seconds())
		}
	}
	h.impair(t, fabric.Impairment{})
}

// usesNarrowPath connects where larger packets than IPv6's minimum vanish.
func (h *hotel) usesNarrowPath(t *testing.T) {
	h.limitPackets(t, fabric.PathMTU{Bytes: 1280, Silent: true})
	// Linux forbids routers to divide a client's packets, unless the profile says
	// otherwise, as docs/operating.md has it.
	profile, err := h.stack.Text(t.Context(), "bert.ovpn")
	require.NoError(t, err)
	require.NoError(t, h.bert.Place(t.Context(), profilePath, []byte("mtu-disc no\n"+profile)))
	for _, udp := range []fabric.UDP{fabric.Passed, fabric.Dropped} {
		h.treatUDP(t, udp, udp)
		for name, d := range h.devices() {
			d.disconnect(t)
			d.connect(t)
			t.Run(fmt.Sprintf("%s over %s", name, d.transport()), func(t *testing.T) {
				require.Equal(t, udp == fabric.Passed, d.transport() == "UDP")
				d.requireWhole(t, udp == fabric.Dropped || d == h.bert)
			})
		}
	}
	h.limitPackets(t, fabric.PathMTU{})
	h.treatUDP(t, fabric.Passed, fabric.Passed)
	h.hand(t, h.bert, "bert")
	for _, d := range h.devices() {
		d.disconnect(t)
		d.connect(t)
	}
}

// A page of ten megabytes, and a datagram as large as QUIC's.
const (
	tenMB = 10 << 20
	large = 1300
)

// requireWhole requires that pages and large datagrams arrive whole, over IPv4 and IPv6:
// datagrams from the device only where they can.
func (d *device) requireWhole(t *testing.T, up bool) {
	t.Helper()
	for _, page := range []string{world.ZerosPage, world.ZerosPage6} {
		down, err := d.Download(within(t, 20*time.Second), fmt.Sprintf("%s/%d", page, tenMB), time.Minute)
		require.NoError(t, err)
		require.EqualValues(t, tenMB, down.Bytes, "a page of %s", page)
		sent, err := d.Upload(within(t, 20*time.Second), page, time.Second)
		require.NoError(t, err)
		require.Greater(t, sent.Bytes, int64(1<<20), "bytes that were sent to %s", page)
		t.Logf("%s: %.0f Mbit/s down, %.0f Mbit/s up", page, down.Mbps(), sent.Mbps())
	}
	for _, replier := range []netip.AddrPort{world.Replier, world.Replier6} {
		require.NoError(t, d.Ask(t.Context(), replier, 4, large))
		if up {
			require.NoError(t, d.Ask(t.Context(), replier, large, 4))
		}
	}
}

// changesFamilies changes networks under devices that download.
func (h *hotel) changesFamilies(t *testing.T) {
	for _, families := range []fabric.Families{fabric.OnlyIPv4, fabric.IPv4AndIPv6} {
		e := h.expose(t, h.anna, h.bert)
		e.awaitThrough(t, east, 10*time.Second)
		for _, d := range e.devices {
			d.download(t)
			require.NoError(t, d.Unplug(t.Context()))
		}
		time.Sleep(time.Second) // the tested outage
		for _, d := range e.devices {
			before := d.Address()
			require.NoError(t, d.Roam(t.Context(), families))
			require.NotEqual(t, before, d.Address())
			e.own = append(e.own, d.Address(), d.Address6())
			require.NoError(t, d.Plug(t.Context()))
		}
		began := time.Now()
		e.awaitThrough(t, east, back)
		t.Logf("both devices were back after %.1f s", time.Since(began).Seconds())
		for name, d := range h.devices() {
			d.settled = d.connections()
			d.requireUndisturbed(t, name)
			d.stream.Close()
		}
		e.requireClosed(t)
	}
}

// sleeps suspends both laptops until the server has forgotten them, after two minutes.
// Longer sleep, such as five minutes, is no different: the time limits of both ends have
// passed, and nothing else depends on the time.
func (h *hotel) sleeps(t *testing.T) {
	e := h.expose(t, h.anna, h.bert)
	e.awaitThrough(t, east, 10*time.Second)
	for _, d := range e.devices {
		require.NoError(t, d.Unplug(t.Context()))
		d.signal(t, "STOP")
	}
	eventually(t, 150*time.Second, func() error {
		if left := h.listeners(t); len(left) > 0 {
			return fmt.Errorf("the server still knows %v", left)
		}
		return nil
	})
	for _, d := range e.devices {
		require.NoError(t, d.Plug(t.Context()))
		d.signal(t, "CONT")
	}
	began := time.Now()
	e.awaitThrough(t, east, back)
	t.Logf("both devices were back after %.1f s", time.Since(began).Seconds())
	e.requireClosed(t)
	for _, d := range e.devices {
		d.settled = d.connections()
		d.watch(t)
		h.requireServed(t, d, east)
	}
}

// signal sends a signal to the device's client.
func (d *device) signal(t *testing.T, name string) {
	t.Helper()
	_, err := d.Machine().Run(t.Context(), "sh", "-euc", `
		for process in /proc/[0-9]*; do
			[ "$(cat "$process/comm")" != openvpn ] || kill -s "$1" "${process#/proc/}"
		done`, "sh", name)
	require.NoError(t, err)
}
