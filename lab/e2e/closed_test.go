package e2e

import (
	"context"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/fabric"
	"tripvpn/lab/traveller"
	"tripvpn/lab/world"
)

// exposure observes from outside some devices that always send datagrams, over
// IPv4 and IPv6.
type exposure struct {
	trip    *trip
	devices []*device
	own     []netip.Addr // the devices' addresses outside the tunnel, now and before
	beacons []*traveller.Beacon
}

func (c *trip) expose(t *testing.T, devices ...*device) *exposure {
	t.Helper()
	c.world.Sink.Forget()
	e := &exposure{trip: c, devices: devices}
	for _, d := range devices {
		e.own = append(e.own, d.Address(), d.Address6())
		beacon, err := d.Beacon(t.Context(), world.Sink, world.Sink6)
		require.NoError(t, err)
		e.beacons = append(e.beacons, beacon)
	}
	t.Cleanup(func() { e.stop(t) })
	return e
}

func (e *exposure) stop(t *testing.T) {
	for _, beacon := range e.beacons {
		require.NoError(t, beacon.Stop())
	}
	e.beacons = nil
}

// awaitThrough waits until later datagrams of both families arrive from a region's
// server, and each device fetches pages through it.
func (e *exposure) awaitThrough(t *testing.T, region string, limit time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	address, address6 := netip.MustParseAddr(e.trip.address(t, region)), e.trip.address6(t, region)
	before := e.trip.world.Sink.Sources()
	for _, d := range e.devices {
		eventuallyIn(t, ctx, func() error { return d.seenAs(ctx, address.String()) })
	}
	eventuallyIn(t, ctx, func() error {
		now := e.trip.world.Sink.Sources()
		for _, a := range []netip.Addr{address, address6} {
			if now[a] <= before[a] {
				return fmt.Errorf("no datagram from %s", a)
			}
		}
		return nil
	})
}

// requireClosed stops the datagrams. None may have come from a device's own
// address, and nothing at all may have left a watched device beside the tunnel.
func (e *exposure) requireClosed(t *testing.T) {
	t.Helper()
	e.stop(t)
	sources := e.trip.world.Sink.Sources()
	for _, own := range e.own {
		require.Zero(t, sources[own], "datagrams from %s, of %v", own, sources)
	}
	for _, d := range e.devices {
		if d.recording != nil {
			d.requireNoLeak(t)
		}
	}
}

// requireOpened stops the datagrams. Some must have come from a device's own address,
// as the documentation says of a profile with a name.
func (e *exposure) requireOpened(t *testing.T) {
	t.Helper()
	e.stop(t)
	sources, opened := e.trip.world.Sink.Sources(), 0
	for _, own := range e.own {
		opened += sources[own]
	}
	require.NotZero(t, opened, "datagrams came only from %v", sources)
}

// staysClosedOverRestarts restarts the server under both devices.
func (r *regions) staysClosedOverRestarts(t *testing.T) {
	e := r.expose(t, r.anna, r.bert)
	e.awaitThrough(t, east, 10*time.Second)
	for range 8 {
		_, err := r.host(t).Run(t.Context(), "systemctl", "restart", server)
		require.NoError(t, err)
		e.awaitConnections(t)
		e.awaitThrough(t, east, 30*time.Second)
	}
	e.requireClosed(t)
}

// awaitConnections waits until each device has connected again.
func (e *exposure) awaitConnections(t *testing.T) {
	t.Helper()
	for _, d := range e.devices {
		eventually(t, 30*time.Second, func() error {
			if d.connections() <= d.settled {
				return fmt.Errorf("%d connections, as before", d.settled)
			}
			return nil
		})
		d.settled = d.connections()
	}
}

// back limits the time until a device uses its tunnel again, once its network
// works.
const back = 5 * time.Second

func (r *regions) comesBackWhenItsLinkDoes(t *testing.T) {
	e := r.expose(t, r.anna, r.bert)
	e.awaitThrough(t, east, 10*time.Second)
	for _, d := range e.devices {
		require.NoError(t, d.Unplug(t.Context()))
	}
	time.Sleep(time.Second) // the tested outage
	r.plug(t, e)
}

func (r *regions) comesBackFromAnotherNetwork(t *testing.T) {
	e := r.expose(t, r.anna, r.bert)
	e.awaitThrough(t, east, 10*time.Second)
	for _, d := range e.devices {
		before := d.Address()
		require.NoError(t, d.Unplug(t.Context()))
		require.NoError(t, d.Roam(t.Context(), fabric.IPv4AndIPv6))
		require.NotEqual(t, before, d.Address())
		e.own = append(e.own, d.Address(), d.Address6())
	}
	r.plug(t, e)
}

func (r *regions) plug(t *testing.T, e *exposure) {
	t.Helper()
	for _, d := range e.devices {
		require.NoError(t, d.Plug(t.Context()))
	}
	began := time.Now()
	e.awaitThrough(t, east, back)
	t.Logf("both devices were back after %.1f s", time.Since(began).Seconds())
	e.requireClosed(t)
}
