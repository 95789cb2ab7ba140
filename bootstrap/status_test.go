package main

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/bootstrap/host/hosttest"
	"tripvpn/internal/golden"
	"tripvpn/internal/spec"
)

// statusOn runs status on the machine at that time.
func statusOn(m hosttest.Machine, now time.Time, args ...string) (int, string) {
	p := on(m)
	p.now = func() time.Time { return now }
	code := p.run(context.Background(), append([]string{"status", "-root", m.Root}, args...))
	return code, p.stdout.(*bytes.Buffer).String()
}

func TestStatus(t *testing.T) {
	m := freshMachine(t)
	requireConverges(t, m, variants(t)[0])
	require.NoError(t, m.Connect("trip", "laptop"))
	now := time.Unix(1763924281+90, 0)

	code, text := statusOn(m, now)
	require.Equal(t, exitConverged, code)
	require.Contains(t, text, "server trip: 1 connected, data path user\n")
	require.Regexp(t, `laptop +198.51.100.2:40712 +10.8.0.2 +- +1m30s ago +3521 +4096\n`, text)

	code, text = statusOn(m, now, "-json")
	require.Equal(t, exitConverged, code)
	var report statusReport
	require.NoError(t, json.Unmarshal([]byte(text), &report))
	require.Equal(t, "laptop", report.Servers[0].Clients[0].Name)
	require.Equal(t, time.Unix(1763924281, 0).UTC(), report.Servers[0].Clients[0].Since)
	var ends []string
	for _, end := range report.Servers[0].Expiry {
		ends = append(ends, end.What)
	}
	require.Equal(t, []string{"server certificate", "intermediate certificate", "root certificate",
		"client laptop", "client phone"}, ends)

	require.NoError(t, m.Stop("openvpn-server@trip.service"))
	code, text = statusOn(m, now, "-json")
	require.Equal(t, exitError, code)
	require.NoError(t, json.Unmarshal([]byte(text), &report))
	require.Contains(t, report.Servers[0].Error, "/run/tripvpn/trip/management.sock")
	require.Len(t, report.Servers[0].Expiry, 5, "status lists the expiry in any case")
}

// Other programs read the JSON, so fields may be added, never removed.
func TestStatusJSONKeepsItsFields(t *testing.T) {
	m, s := freshMachine(t), variants(t)[0]
	end := s.Identity.Clients[0].NotAfter
	s.Until = end
	requireConverges(t, m, s)
	require.NoError(t, m.Connect("trip", "laptop"))
	_, text := statusOn(m, end.Add(-20*24*time.Hour), "-json")
	golden.Require(t, "status.json", strings.ReplaceAll(text, end.Format(time.RFC3339), "2030-01-01T00:00:00Z"))
}

// In the last thirty days of a client's certificate, and not before, status warns with
// the command that renews it.
func TestStatusWarnsOfExpiry(t *testing.T) {
	m, s := freshMachine(t), variants(t)[0]
	end := time.Now().Add(90 * 24 * time.Hour).UTC()
	s.Identity.Clients[1].NotAfter = end
	requireConverges(t, m, s)

	_, text := statusOn(m, end.Add(-spec.RenewalNotice))
	require.NotContains(t, text, "WARNING")
	_, text = statusOn(m, end.Add(-spec.RenewalNotice+time.Second))
	require.Equal(t, 1, strings.Count(text, "WARNING"))
	require.Contains(t, text, "WARNING: client phone expires on "+end.Format("2006-01-02")+
		"; to renew it, which changes the profile, run: pulumi up --replace '**::holiday-client-phone'\n")
	_, text = statusOn(m, end.Add(time.Hour), "-json")
	var report statusReport
	require.NoError(t, json.Unmarshal([]byte(text), &report))
	require.Equal(t, -1, report.Servers[0].Expiry[4].DaysLeft)
	require.NotEmpty(t, report.Servers[0].Expiry[4].Warning)
	require.Empty(t, report.Servers[0].Expiry[3].Warning)
}

func TestDaysLeft(t *testing.T) {
	now := time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC)
	p := program{now: func() time.Time { return now }}
	for want, at := range map[int]time.Time{
		0:  now.Add(23 * time.Hour),
		1:  now.Add(24 * time.Hour),
		-1: now.Add(-time.Minute),
	} {
		require.Equal(t, want, p.expires("x", at, "").DaysLeft)
	}
}
