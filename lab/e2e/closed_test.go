package e2e

import (
	"context"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/traveller"
	"tripvpn/lab/world"
)

// watch has devices send datagrams all the time, over IPv4 and IPv6, and
// collects what arrives from their own addresses.
type watch struct {
	trip    *trip
	devices []*device
	own     []netip.Addr // every address that a device has had outside the tunnel
	beacons []*traveller.Beacon
}

func (c *trip) watch(t *testing.T, devices ...*device) *watch {
	t.Helper()
	c.world.Sink.Forget()
	w := &watch{trip: c, devices: devices}
	for _, d := range devices {
		w.own = append(w.own, d.Address(), d.Address6())
		beacon, err := d.Beacon(t.Context(), world.Sink, world.Sink6)
		require.NoError(t, err)
		w.beacons = append(w.beacons, beacon)
	}
	t.Cleanup(func() { w.stop(t) })
	return w
}

func (w *watch) stop(t *testing.T) {
	for _, beacon := range w.beacons {
		require.NoError(t, beacon.Stop())
	}
	w.beacons = nil
}

// awaitThrough waits until datagrams of both families have arrived from a
// server that were sent after now, and each device's pages come by way of it.
func (w *watch) awaitThrough(t *testing.T, region string, limit time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	address, address6 := netip.MustParseAddr(w.trip.address(t, region)), w.trip.address6(t, region)
	before := w.trip.world.Sink.Sources()
	for _, d := range w.devices {
		eventuallyIn(t, ctx, func() error { return d.seenAs(ctx, address.String()) })
	}
	eventuallyIn(t, ctx, func() error {
		now := w.trip.world.Sink.Sources()
		for _, a := range []netip.Addr{address, address6} {
			if now[a] <= before[a] {
				return fmt.Errorf("no datagram from %s", a)
			}
		}
		return nil
	})
}

// requireClosed ends the watch, and wants no datagram to have come from a
// device's own address.
func (w *watch) requireClosed(t *testing.T) {
	t.Helper()
	w.stop(t)
	sources := w.trip.world.Sink.Sources()
	for _, own := range w.own {
		require.Zero(t, sources[own], "datagrams from %s, of %v", own, sources)
	}
}

// staysClosedOverRestarts restarts the server under both devices.
func (r *regions) staysClosedOverRestarts(t *testing.T) {
	w := r.watch(t, r.anna, r.bert)
	w.awaitThrough(t, east, 10*time.Second)
	for range 8 {
		_, err := r.host(t).Run(t.Context(), "systemctl", "restart", server)
		require.NoError(t, err)
		w.awaitConnections(t)
		w.awaitThrough(t, east, 30*time.Second)
	}
	w.requireClosed(t)
}

// awaitConnections waits until each device has connected once more.
func (w *watch) awaitConnections(t *testing.T) {
	t.Helper()
	for _, d := range w.devices {
		eventually(t, 30*time.Second, func() error {
			if d.connections() <= d.settled {
				return fmt.Errorf("%d connections, as before", d.settled)
			}
			return nil
		})
		d.settled = d.connections()
	}
}

// back is how long a device may take to use its tunnel again in a network that
// works.
const back = 5 * time.Second

func (r *regions) comesBackWhenItsLinkDoes(t *testing.T) {
	w := r.watch(t, r.anna, r.bert)
	w.awaitThrough(t, east, 10*time.Second)
	for _, d := range w.devices {
		require.NoError(t, d.Unplug(t.Context()))
	}
	time.Sleep(time.Second) // what is tested is a link that is down for a second
	r.plug(t, w)
}

func (r *regions) comesBackFromAnotherNetwork(t *testing.T) {
	w := r.watch(t, r.anna, r.bert)
	w.awaitThrough(t, east, 10*time.Second)
	for _, d := range w.devices {
		before := d.Address()
		require.NoError(t, d.Unplug(t.Context()))
		require.NoError(t, d.Roam(t.Context()))
		require.NotEqual(t, before, d.Address())
		w.own = append(w.own, d.Address(), d.Address6())
	}
	r.plug(t, w)
}

func (r *regions) plug(t *testing.T, w *watch) {
	t.Helper()
	for _, d := range w.devices {
		require.NoError(t, d.Plug(t.Context()))
	}
	began := time.Now()
	w.awaitThrough(t, east, back)
	t.Logf("both devices were back after %.1f s", time.Since(began).Seconds())
	w.requireClosed(t)
}
