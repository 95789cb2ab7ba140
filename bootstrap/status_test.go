package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/bootstrap/host/hosttest"
)

const connected = "HEADER\tCLIENT_LIST\tCommon Name\tReal Address\tVirtual Address\tVirtual IPv6 Address\tBytes Received\tBytes Sent\tConnected Since\tConnected Since (time_t)\n" +
	"CLIENT_LIST\tlaptop\t198.51.100.2:40712\t10.8.0.2\t\t3521\t4096\t-\t1763924281\n"

// statusOn runs status on a machine whose OpenVPN answers so.
func statusOn(t *testing.T, m hosttest.Machine, answer string, err error, args ...string) (int, string) {
	t.Helper()
	p := on(m)
	p.now = func() time.Time { return time.Unix(1763924281+90, 0) }
	p.ask = func(_ context.Context, root, socket, question string) (string, error) {
		require.Equal(t, []string{m.Root, "/run/openvpn-server/trip.sock", "status 3"}, []string{root, socket, question})
		return answer, err
	}
	code := p.run(context.Background(), append([]string{"status", "-root", m.Root}, args...))
	return code, p.stdout.(*bytes.Buffer).String()
}

func TestStatus(t *testing.T) {
	m := freshMachine(t)
	requireConverges(t, m, variants(t)[0])

	code, text := statusOn(t, m, connected, nil)
	require.Equal(t, exitConverged, code)
	require.Contains(t, text, "server trip: 1 connected\n")
	require.Regexp(t, `laptop +198.51.100.2:40712 +10.8.0.2 +- +1m30s ago +3521 +4096\n`, text)

	code, text = statusOn(t, m, connected, nil, "-json")
	require.Equal(t, exitConverged, code)
	var report statusReport
	require.NoError(t, json.Unmarshal([]byte(text), &report))
	require.Equal(t, "laptop", report.Servers[0].Clients[0].Name)
	require.Equal(t, time.Unix(1763924281, 0).UTC(), report.Servers[0].Clients[0].Since)
	require.Equal(t, "root's CRL", report.Servers[0].Expiry[4].What)

	code, text = statusOn(t, m, "", errors.New("nobody there"), "-json")
	require.Equal(t, exitError, code)
	require.NoError(t, json.Unmarshal([]byte(text), &report))
	require.Equal(t, "nobody there", report.Servers[0].Error)
	require.Len(t, report.Servers[0].Expiry, 5, "what runs out is told in any case")
}

func TestDaysLeft(t *testing.T) {
	now := time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC)
	p := program{now: func() time.Time { return now }}
	for want, at := range map[int]time.Time{
		0:  now.Add(23 * time.Hour),
		1:  now.Add(24 * time.Hour),
		-1: now.Add(-time.Minute),
	} {
		require.Equal(t, want, p.expires("x", at).DaysLeft)
	}
}
