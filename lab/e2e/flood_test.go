package e2e

import (
	"crypto/rand"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// floods are 5,000 packets each, in two and a half seconds, from 64 ports in turn. The first
// packets of connections are as good as a client's: those of the server's own probe, each
// of which is new, and one of a real client.
func (c *trip) floods(t *testing.T, attacker *device) map[string]flood {
	t.Helper()
	garbage := make([][]byte, 1000)
	for n := range garbage {
		garbage[n] = make([]byte, 1+n)
		_, err := rand.Read(garbage[n])
		require.NoError(t, err)
		garbage[n][0] = hardReset
	}
	key, err := c.spec(t).Identity.ControlChannelKey()
	require.NoError(t, err)
	first := make([][]byte, 1000)
	for n := range first {
		first[n], _, err = key.Probe(rand.Reader)
		require.NoError(t, err)
	}
	replayed := attacker.firstPacket(t, c.profile)
	var cut [][]byte
	for n := range replayed {
		cut = append(cut, replayed[:n])
	}
	floods := map[string]flood{}
	for name, packets := range map[string][][]byte{
		"garbage": garbage, "valid first packets": first, "a replayed first packet": {replayed}, "its beginnings": cut,
	} {
		floods[name] = flood{packets: packets, ports: 64, count: floodCount, pause: 500 * time.Microsecond}
	}
	return floods
}

const (
	floodCount = 5000

	// hardReset is the first byte of a client's first packet with tls-crypt-v2:
	// P_CONTROL_HARD_RESET_CLIENT_V3 and key 0 (ssl_pkt.h). OpenVPN logs a line for each
	// such packet that it refuses, and none for packets of types that need a session.
	hardReset = 10 << 3

	// lineLimit is the most lines that journald takes from the server in half a minute:
	// its limit in the drop-in, which it multiplies by up to 6 where a journal has much
	// room (burst_modulate in systemd's journald-rate-limit.c).
	lineLimit = 256 * 6

	journalLimit = 64 << 20 // bytes, in journald's configuration
)

// holdsAgainstFloods requires that a client stays on, in the same tunnel, while the server
// gets each of the floods.
func (c *trip) holdsAgainstFloods(t *testing.T) {
	attacker, anna := c.newDevice(t, "attacker"), c.newDevice(t, "anna")
	defer func() {
		anna.disconnect(t)
		require.NoError(t, anna.Remove(t.Context()))
		require.NoError(t, attacker.Remove(t.Context()))
	}()
	floods := c.floods(t, attacker)
	c.hand(t, anna, "darrell")
	anna.connect(t)
	anna.download(t)
	process, memory, lines, began := c.serverProcess(t), c.serverMemory(t), c.serverLines(t), time.Now()
	for name, flood := range floods {
		t.Run(name, func(t *testing.T) {
			<-attacker.flood(t, c.endpoint, flood)
			anna.requireUndisturbed(t, "anna")
		})
	}
	require.Equal(t, process, c.serverProcess(t), "the server has restarted")
	more, grown := c.serverLines(t)-lines, c.serverMemory(t)-memory
	t.Logf("after %d packets in %.0f s the journal has %d lines more, and OpenVPN %.1f MB more of memory",
		len(floods)*floodCount, time.Since(began).Seconds(), more, grown)
	require.Positive(t, more, "the floods must reach OpenVPN")
	require.LessOrEqual(t, more, lineLimit*(2+int(time.Since(began)/(30*time.Second))))
	require.Less(t, grown, 10.0)
	size, err := c.host(t).Run(t.Context(), "du", "--summarize", "--bytes", "/var/log/journal")
	require.NoError(t, err)
	bytes, err := strconv.Atoi(strings.Fields(size)[0])
	require.NoError(t, err)
	require.LessOrEqual(t, bytes, journalLimit)
}

// serverLines is the number of lines in the server's log.
func (c *trip) serverLines(t *testing.T) int { return strings.Count(c.serverLog(t), "\n") }
