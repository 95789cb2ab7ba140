package e2e

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/fabric"
	"tripvpn/lab/stack"
)

// fleet is a trip with four devices, whose figures the benchmarks report.
type fleet struct {
	*trip
	built stack.Result // of the first up
}

// The networks that devices are measured in.
var (
	passes  = network{name: "UDP passes", udp: fabric.Passed, transport: "UDP"}
	far     = network{name: "150 ms and 1 % loss", udp: fabric.Passed, path: fabric.Impairment{Delay: 75 * time.Millisecond, Loss: 0.01}, transport: "UDP"}
	drops   = network{name: "UDP is dropped", udp: fabric.Dropped, transport: "TCP"}
	rejects = network{name: "UDP is rejected", udp: fabric.Rejected, transport: "TCP"}
)

// network is the network that a device is in.
type network struct {
	name      string
	udp       fabric.UDP
	path      fabric.Impairment
	transport string // the protocol that a client ends up with
}

// enter sets everything about a device's network.
func (n network) enter(ctx context.Context, d *device) error {
	return errors.Join(d.TreatUDP(ctx, n.udp), d.Impair(ctx, n.path))
}

// BenchmarkTrip measures one trip of four devices. It judges no figure. The devices,
// the server, the engine and the web server share this machine's processors. Run it
// with `make bench`.
func BenchmarkTrip(b *testing.B) {
	names := []string{"anna", "bert", "carl", "dora"}
	f := &fleet{trip: newTrip(b, "fleet", map[string]any{"clients": names})}
	for _, name := range names {
		require.NoError(b, f.newDevice(b, name).Machine().AwaitBooted(within(b, time.Minute)))
	}
	var err error
	f.began = time.Now()
	f.built, err = f.stack.Up(b.Context())
	f.returned = time.Now()
	require.NoError(b, err)
	f.endpoint, err = f.stack.Text(b.Context(), "endpoint")
	require.NoError(b, err)
	for i, name := range names {
		f.hand(b, f.devices[i], name)
	}
	for _, part := range []struct {
		name string
		run  func(*testing.B)
	}{
		{"first page", f.firstPage},
		{"connect", f.connect},
		{"throughput", f.throughput},
		{"tunings", f.tunings},
		{"server's OpenVPN", f.versions}, // last: the server is another one then
	} {
		if !b.Run(part.name, part.run) {
			b.FailNow()
		}
	}
	for _, d := range f.devices {
		require.NoError(b, d.Remove(b.Context()))
	}
	_, err = f.stack.Destroy(b.Context())
	require.NoError(b, err)
}

// start connects devices at once, each in the network, and requires that they use the
// network's transport.
func (n network) start(b *testing.B, devices []*device) {
	b.Helper()
	for _, d := range devices {
		require.NoError(b, n.enter(b.Context(), d))
		d.start(b)
	}
	for _, d := range devices {
		require.NoError(b, d.session.AwaitConnected(within(b, 30*time.Second)))
		require.Equal(b, n.transport, d.transport())
	}
}
