package e2e

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"tripvpn/lab/traveller"
	"tripvpn/lab/world"
)

const (
	rounds = 3
	period = time.Second // of one measurement
)

// direction is a direction of data and an IP version.
type direction struct {
	name string
	run  func(*device, context.Context, string, time.Duration) (traveller.Transfer, error)
	page string
}

var directions = []direction{
	{"down, IPv4", (*device).Download, world.ZerosPage},
	{"down, IPv6", (*device).Download, world.ZerosPage6},
	{"up, IPv4", (*device).Upload, world.ZerosPage},
	{"up, IPv6", (*device).Upload, world.ZerosPage6},
}

// transfer moves data with devices at once, over one TCP connection each. The result has
// the data of all.
func (r direction) transfer(b *testing.B, devices []*device) traveller.Transfer {
	b.Helper()
	moved := make([]traveller.Transfer, len(devices))
	all, ctx := errgroup.WithContext(b.Context())
	began := time.Now()
	for i, d := range devices {
		all.Go(func() (err error) {
			moved[i], err = r.run(d, ctx, r.page, period)
			return err
		})
	}
	require.NoError(b, all.Wait())
	sum := traveller.Transfer{Time: time.Since(began)}
	for _, m := range moved {
		sum.Bytes += m.Bytes
	}
	return sum
}

// setup is one of several that are compared.
type setup struct {
	name     string
	devices  []*device
	listener string // of the server, empty without a tunnel
	connect  func(*testing.B)
}

// measured has the figures of a setup in one direction, one for each round.
type measured struct{ mbps, cpu []float64 }

// compare measures the setups in turn, three times, so that what else slows the machine
// slows all of them. It reports the least, the middle and the most Mbit/s of the devices
// together, and the middle of the CPU-seconds of the server's listener per GB.
func (f *fleet) compare(b *testing.B, setups []setup) {
	figures := map[string]*measured{}
	name := func(s setup, r direction) string { return s.name + ", " + r.name }
	for range rounds {
		for _, s := range setups {
			s.connect(b)
			for _, r := range directions {
				if figures[name(s, r)] == nil {
					figures[name(s, r)] = &measured{}
				}
				f.measure(b, s, r, figures[name(s, r)])
			}
			s.disconnect(b)
		}
	}
	for _, s := range setups {
		for _, r := range directions {
			b.Run(name(s, r), func(b *testing.B) { figures[name(s, r)].report(b) })
		}
	}
}

func (f *fleet) measure(b *testing.B, s setup, r direction, m *measured) {
	b.Helper()
	if s.listener == "" {
		m.mbps = append(m.mbps, r.transfer(b, s.devices).Mbps())
		return
	}
	before := f.serverSeconds(b, s.listener)
	moved := r.transfer(b, s.devices)
	m.mbps = append(m.mbps, moved.Mbps())
	m.cpu = append(m.cpu, (f.serverSeconds(b, s.listener)-before)/(float64(moved.Bytes)/1e9))
}

func (s setup) disconnect(b *testing.B) {
	b.Helper()
	if s.listener == "" {
		return
	}
	for _, d := range s.devices {
		d.disconnect(b)
	}
}

func (m *measured) report(b *testing.B) {
	b.ReportMetric(slices.Min(m.mbps), "Mbit/s-least")
	b.ReportMetric(slices.Max(m.mbps), "Mbit/s-most")
	if len(m.cpu) > 0 {
		b.ReportMetric(median(m.cpu), "CPU-s/GB")
	}
	reportOnly(b, median(m.mbps), "Mbit/s")
}

// noTunnel is the setup beside those with a tunnel.
func noTunnel(devices []*device) setup {
	return setup{"no tunnel", devices, "", func(*testing.B) {}}
}

// throughput compares both transports, for one device and for all at once.
func (f *fleet) throughput(b *testing.B) {
	for _, devices := range [][]*device{f.devices[:1], f.devices} {
		b.Run(fmt.Sprintf("devices at once: %d", len(devices)), func(b *testing.B) {
			f.compare(b, []setup{
				noTunnel(devices),
				{"UDP", devices, overUDP, func(b *testing.B) { passes.start(b, devices) }},
				{"TCP", devices, overTCP, func(b *testing.B) { drops.start(b, devices) }},
			})
		})
	}
}

// serverSeconds is the CPU time of one of the server's listeners, in seconds.
func (f *fleet) serverSeconds(b *testing.B, listener string) float64 {
	b.Helper()
	used, err := f.host(b).Run(b.Context(), "systemctl", "show", "--property=CPUUsageNSec", "--value", "openvpn-server@"+listener)
	require.NoError(b, err)
	var ns float64
	_, err = fmt.Sscan(used, &ns)
	require.NoError(b, err)
	return ns / 1e9
}
