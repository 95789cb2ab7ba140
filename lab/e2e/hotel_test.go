package e2e

import (
	"fmt"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/fabric"
	"tripvpn/lab/traveller"
)

// linkRemote matches the line in which OpenVPN names the server that it has reached.
var linkRemote = regexp.MustCompile(`(UDP|TCP)(?:v4)?(?:_CLIENT)? link remote: `)

// transport returns the protocol of a device's last attempt, "UDP" or "TCP".
func (d *device) transport() string {
	found := linkRemote.FindAllStringSubmatch(d.session.Log(), -1)
	if len(found) == 0 {
		return ""
	}
	return found[len(found)-1][1]
}

func (r *regions) treatUDP(t *testing.T, verdict fabric.UDP) {
	t.Helper()
	for _, d := range []*device{r.anna, r.bert} {
		require.NoError(t, d.TreatUDP(t.Context(), verdict))
	}
}

// losesUDP blocks UDP under both devices. They notice after a minute, and go on over
// TCP with the same addresses, so the tunnel stays up all the time.
func (r *regions) losesUDP(t *testing.T) {
	e := r.expose(t, r.anna, r.bert)
	e.awaitThrough(t, east, 10*time.Second)
	r.treatUDP(t, fabric.Dropped)
	began := time.Now()
	for _, d := range e.devices {
		eventually(t, 2*time.Minute, func() error {
			if d.connections() <= d.settled {
				return fmt.Errorf("still %d connections", d.settled)
			}
			return nil
		})
		require.Equal(t, "TCP", d.transport())
		require.NotContains(t, d.session.Log(), "will need to close and reopen TUN/TAP")
		d.settled = d.connections()
	}
	e.awaitThrough(t, east, 30*time.Second)
	t.Logf("both devices were back over TCP after %.1f s", time.Since(began).Seconds())
	e.requireClosed(t)
}

// connectsOverTCP connects anew where UDP is blocked: after five seconds for each
// region.
func (r *regions) connectsOverTCP(t *testing.T) {
	for _, verdict := range []fabric.UDP{fabric.Dropped, fabric.Rejected} {
		r.treatUDP(t, verdict)
		for _, d := range []*device{r.anna, r.bert} {
			d.disconnect(t)
			began := time.Now()
			d.start(t)
			require.NoError(t, d.session.AwaitConnected(within(t, 15*time.Second)), "UDP: %s", verdict)
			t.Logf("UDP %s: connected after %.1f s", verdict, time.Since(began).Seconds())
			require.Equal(t, "TCP", d.transport())
			d.settled = d.connections()
			require.NoError(t, d.seenAs(t.Context(), r.address(t, east)))
		}
	}
}

// revokesOverTCP cuts a device off that is connected over TCP.
func (r *regions) revokesOverTCP(t *testing.T) {
	r.bert.download(t)
	r.change(t, map[string]any{"revoked": []string{"bert"}})
	r.bert.requireCut(t, r.began, r.returned)
	r.bert.start(t)
	require.NoError(t, r.bert.session.AwaitLog(within(t, 30*time.Second), "TCPv4_CLIENT link remote: "))
	require.Zero(t, r.bert.connections())
	r.bert.disconnect(t)
	r.change(t, map[string]any{"revoked": []string{}})
	r.bert.connect(t)
	require.Equal(t, "TCP", r.bert.transport())
}

// closesTCP turns the second port off. The server no longer runs that listener.
func (r *regions) closesTCP(t *testing.T) {
	server := r.address(t, r.at)
	require.Equal(t, traveller.Open, r.probe(t, "tcp", server, 443, nil))
	r.change(t, map[string]any{"tcpFallback": false})
	require.Equal(t, traveller.Silent, r.probe(t, "tcp", server, 443, nil))
	units, err := r.host(t).Run(t.Context(), "systemctl", "list-units", "--plain", "--no-legend", "openvpn-server@*")
	require.NoError(t, err)
	require.Contains(t, units, "openvpn-server@darrell.service")
	require.NotContains(t, units, "openvpn-server@darrell-tcp.service")
}

func (r *regions) connectsOverUDP(t *testing.T) {
	r.treatUDP(t, fabric.Passed)
	for _, d := range []*device{r.anna, r.bert} {
		d.disconnect(t)
		d.connect(t)
		require.Equal(t, "UDP", d.transport())
		require.NoError(t, d.seenAs(t.Context(), r.address(t, east)))
	}
}
