package e2e

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/traveller"
	"tripvpn/lab/world"
)

// tuning is a set of options for a tunnel's speed.
type tuning struct {
	name           string
	server, client []string // added lines
	cipher         string   // of both ends
}

const (
	strong = "AES-256-GCM"
	rounds = 4
	period = 2 * time.Second // of one measurement
)

var buffers = []string{"sndbuf 1048576", "rcvbuf 1048576"}

// tunings are OpenVPN's defaults, the strongest peer's options, and our possible
// additions, step by step.
var tunings = []tuning{
	{name: "OpenVPN's defaults", cipher: strong},
	{name: "the strongest peer's", cipher: "AES-128-GCM"},
	{name: "fast-io on the server", cipher: strong, server: []string{"fast-io"}},
	{name: "fast-io on both", cipher: strong, server: []string{"fast-io"}, client: []string{"fast-io"}},
	{name: "and buffers of 1 MiB", cipher: strong, server: append([]string{"fast-io"}, buffers...), client: append([]string{"fast-io"}, buffers...)},
}

// tuned matches such lines in a configuration.
var tuned = regexp.MustCompile(`(?m)^(fast-io|sndbuf .*|rcvbuf .*)\n`)

func (u tuning) apply(config string, lines []string) string {
	config = tuned.ReplaceAllLiteralString(config, "")
	config = regexp.MustCompile(`(?m)^data-ciphers .*$`).ReplaceAllLiteralString(config, "data-ciphers "+u.cipher)
	return strings.Join(lines, "\n") + "\n" + config
}

// direction is a direction of data and an IP version.
type direction struct {
	name string
	run  func(*device, context.Context) (traveller.Transfer, error)
}

var directions = []direction{
	{"down, IPv4", func(d *device, ctx context.Context) (traveller.Transfer, error) {
		return d.Download(ctx, world.ZerosPage, period)
	}},
	{"down, IPv6", func(d *device, ctx context.Context) (traveller.Transfer, error) {
		return d.Download(ctx, world.ZerosPage6, period)
	}},
	{"up, IPv4", func(d *device, ctx context.Context) (traveller.Transfer, error) {
		return d.Upload(ctx, world.ZerosPage, period)
	}},
	{"up, IPv6", func(d *device, ctx context.Context) (traveller.Transfer, error) {
		return d.Upload(ctx, world.ZerosPage6, period)
	}},
}

// measured has one tuning's figures in one direction, for all rounds.
type measured struct{ mbps, cpu []float64 }

// BenchmarkThroughput measures one TCP connection through the tunnel: Mbit/s, and
// CPU-seconds of the server's OpenVPN per GB. Each of four rounds measures every
// tuning, one after the other. Run it with `make bench`.
func BenchmarkThroughput(b *testing.B) {
	t := newTrip(b, "throughput", map[string]any{"clients": []string{"anna"}})
	_, err := t.stack.Up(b.Context())
	require.NoError(b, err)
	profile, err := t.stack.Text(b.Context(), "anna.ovpn")
	require.NoError(b, err)
	config, err := t.host(b).Run(b.Context(), "cat", serverConfig)
	require.NoError(b, err)
	d := t.newDevice(b, "anna")

	figures := map[string]map[string]*measured{}
	for range rounds {
		t.measure(b, d, "no tunnel", figures, false)
		for _, u := range tunings {
			t.writeServerConfig(b, u.apply(config, u.server))
			require.NoError(b, d.Place(b.Context(), profilePath, []byte(u.apply(profile, u.client))))
			d.connect(b)
			t.measure(b, d, u.name, figures, true)
			d.disconnect(b)
		}
	}
	b.Log("\n" + table(figures))
	require.NoError(b, d.Remove(b.Context()))
	_, err = t.stack.Destroy(b.Context())
	require.NoError(b, err)
}

const serverConfig = "/etc/openvpn/server/darrell.conf"

// writeServerConfig restarts the server with another configuration.
func (c *trip) writeServerConfig(b testing.TB, config string) {
	b.Helper()
	write := c.host(b).Command(b.Context(), "sh", "-euc", "cat >"+serverConfig+"; systemctl restart "+server)
	write.Stdin = strings.NewReader(config)
	require.NoError(b, write.Run())
}

func (c *trip) measure(b *testing.B, on *device, name string, figures map[string]map[string]*measured, tunnel bool) {
	b.Helper()
	if figures[name] == nil {
		figures[name] = map[string]*measured{}
	}
	for _, direction := range directions {
		if figures[name][direction.name] == nil {
			figures[name][direction.name] = &measured{}
		}
		cell, before := figures[name][direction.name], c.serverSeconds(b)
		transfer, err := direction.run(on, b.Context())
		require.NoError(b, err)
		cell.mbps = append(cell.mbps, transfer.Mbps())
		if tunnel {
			cell.cpu = append(cell.cpu, (c.serverSeconds(b)-before)/(float64(transfer.Bytes)/1e9))
		}
	}
}

// serverSeconds is the CPU time of the server's OpenVPN, in seconds.
func (c *trip) serverSeconds(b testing.TB) float64 {
	b.Helper()
	used, err := c.host(b).Run(b.Context(), "systemctl", "show", "--property=CPUUsageNSec", "--value", server)
	require.NoError(b, err)
	var ns float64
	_, err = fmt.Sscan(used, &ns)
	require.NoError(b, err)
	return ns / 1e9
}

func table(figures map[string]map[string]*measured) string {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "Mbit/s (CPU-s of the server per GB)")
	for _, direction := range directions {
		fmt.Fprintf(w, "\t%s", direction.name)
	}
	names := []string{"no tunnel"}
	for _, u := range tunings {
		names = append(names, u.name)
	}
	for _, name := range names {
		fmt.Fprintf(w, "\n%s", name)
		for _, direction := range directions {
			cell := figures[name][direction.name]
			fmt.Fprintf(w, "\t%.0f–%.0f", slices.Min(cell.mbps), slices.Max(cell.mbps))
			if len(cell.cpu) > 0 {
				fmt.Fprintf(w, " (%.1f–%.1f)", slices.Min(cell.cpu), slices.Max(cell.cpu))
			}
		}
	}
	w.Flush()
	return text.String()
}
