package e2e

import (
	"fmt"
	"net"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/fabric/netns"
)

// holdsAgainstReplays replays the first packets of real clients. An attacker needs
// a captured packet or a profile, even a revoked one. OpenVPN 2.5 does not offer to
// prove its address before the server remembers it; the current version does.
func (d *devices) holdsAgainstReplays(t *testing.T) {
	attacker := d.newDeviceWith(t, "openvpn-2.5", "attacker")
	for name, profile := range map[string]string{"revoked": d.placed(t, d.anna), "admitted": d.placed(t, d.carl)} {
		oldStyle, newStyle := attacker.firstPacket(t, profile), d.anna.firstPacket(t, profile)
		before, slowest := d.serverMemory(t), time.Duration(0)
		for _, f := range []flood{
			{packets: [][]byte{oldStyle}, ports: 1024, count: 3000, pause: 2 * time.Millisecond},
			{packets: [][]byte{newStyle}, ports: 1, count: 10_000, pause: time.Millisecond},
		} {
			flooded := attacker.flood(t, d.endpoint, f)
			for range 3 {
				slowest = max(slowest, d.carlConnects(t))
			}
			<-flooded
			slowest = max(slowest, d.carlConnects(t))
		}
		after := d.serverMemory(t)
		t.Logf("packets of the %s profile: OpenVPN used %.1f MB of memory before, %.1f MB after; carl connected within %.1f s",
			name, before, after, slowest.Seconds())
		require.InDelta(t, before, after, 10)
	}
	d.bert.requireUndisturbed(t, "bert")
	require.NoError(t, attacker.Remove(t.Context()))
}

// carlConnects requires carl to connect within two seconds.
func (d *devices) carlConnects(t *testing.T) time.Duration {
	t.Helper()
	d.carl.disconnect(t)
	began := time.Now()
	d.carl.start(t)
	require.NoError(t, d.carl.session.AwaitConnected(within(t, 2*time.Second)))
	d.carl.settled = d.carl.connections()
	return time.Since(began)
}

// placed is the profile on a device.
func (d *devices) placed(t *testing.T, on *device) string {
	t.Helper()
	profile, err := on.Machine().Run(t.Context(), "cat", profilePath)
	require.NoError(t, err)
	return profile
}

// serverMemory is OpenVPN's resident memory, in MB.
func (c *trip) serverMemory(t *testing.T) float64 {
	t.Helper()
	status, err := c.host(t).Run(t.Context(), "cat", "/proc/"+strings.TrimSpace(c.serverProcess(t))+"/status")
	require.NoError(t, err)
	found := regexp.MustCompile(`VmRSS:\s+(\d+) kB`).FindStringSubmatch(status)
	require.NotNil(t, found, status)
	kB, err := strconv.Atoi(found[1])
	require.NoError(t, err)
	return float64(kB) / 1000
}

var remote = regexp.MustCompile(`(?m)^remote .*$`)

// firstPacket connects the device's client to a socket on the device itself, and
// returns the client's first packet.
func (d *device) firstPacket(t *testing.T, profile string) []byte {
	t.Helper()
	conn, err := netns.ListenPacket(t.Context(), d.Namespace(), "udp4", "127.0.0.1:0")
	require.NoError(t, err)
	defer conn.Close()
	here := fmt.Sprintf("remote 127.0.0.1 %d", conn.LocalAddr().(*net.UDPAddr).Port)
	require.NoError(t, d.Place(t.Context(), profilePath, []byte(remote.ReplaceAllLiteralString(profile, here))))
	d.start(t)
	defer d.disconnect(t)
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(10*time.Second)))
	packet := make([]byte, 2048)
	n, _, err := conn.ReadFrom(packet)
	require.NoError(t, err, "%s", d.session.Log())
	return packet[:n]
}

// flood is count packets, which are sent from some ports in turn.
type flood struct {
	packets      [][]byte // sent in turn
	ports, count int
	pause        time.Duration
}

// flood starts to send, and closes the channel after the last packet.
func (d *device) flood(t *testing.T, server string, f flood) <-chan struct{} {
	t.Helper()
	var conns []net.Conn
	for range f.ports {
		conn, err := d.Dial(t.Context(), "udp", net.JoinHostPort(server, "1194"))
		require.NoError(t, err)
		t.Cleanup(func() { conn.Close() })
		conns = append(conns, conn)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		f.send(t, conns)
	}()
	return done
}

func (f flood) send(t *testing.T, conns []net.Conn) {
	tick := time.NewTicker(f.pause)
	defer tick.Stop()
	for n := range f.count {
		<-tick.C
		if _, err := conns[n%f.ports].Write(f.packets[n%len(f.packets)]); err != nil {
			t.Error(err)
			return
		}
	}
}
