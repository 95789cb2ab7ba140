package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/spec"
	"tripvpn/internal/spec/spectest"
)

// A host with two listeners serves at both. verify and status cover both, and apply
// ends sessions at both.
func TestTwoListeners(t *testing.T) {
	authority, m := spectest.New(t), freshMachine(t)
	s := authority.Spec(t, "laptop", "phone")
	s.Listeners = []spec.Listener{spectest.First, spectest.Second}
	requireConverges(t, m, s)
	require.Empty(t, checksAt(m, s, time.Now()))
	for path, line := range map[string]string{
		"/etc/openvpn/server/trip-443.conf":          "dev tripvpn1\n",
		"/etc/openvpn/server/trip-443/clients/phone": "ifconfig-push 10.9.0.3 255.255.255.0\n",
		"/etc/openvpn/server/trip/clients/phone":     "ifconfig-push 10.8.0.3 255.255.255.0\n",
		rulesPath:                                    "-A TRIPVPN-INPUT -p udp -m udp --dport 443 -j ACCEPT\n",
		rules6Path:                                   "-A TRIPVPN-POSTROUTING -s fd00:8:0:1::/64 ! -o tripvpn1 -j MASQUERADE\n",
	} {
		text, err := os.ReadFile(filepath.Join(m.Root, path))
		require.NoError(t, err)
		require.Contains(t, string(text), line, path)
	}

	for _, l := range s.Listeners {
		require.NoError(t, m.Connect(l.Instance, "laptop"))
		require.NoError(t, m.Connect(l.Instance, "phone"))
	}
	code, text := statusOn(m, time.Now(), "-json")
	require.Equal(t, exitConverged, code)
	var report statusReport
	require.NoError(t, json.Unmarshal([]byte(text), &report))
	require.Len(t, report.Servers, 2)
	for _, server := range report.Servers {
		require.Len(t, server.Clients, 2, server.Name)
	}
	_, text = statusOn(m, time.Now())
	require.Regexp(t, `(?s)server trip: 2 connected.*server trip-443: 2 connected.*EXPIRES`, text)

	fewer := authority.Clients("laptop", "phone")[1:]
	s.Identity.Clients = fewer
	requireConverges(t, m, s)
	for _, l := range s.Listeners {
		require.Equal(t, []string{"phone"}, m.Connected(l.Instance))
	}

	require.NoError(t, m.Stop(instance{"trip-443"}.unit()))
	overwrite(t, m, instance{"trip-443"}.file(keyFile), "no key\n")
	require.Equal(t, []string{
		"certificates, CRLs and key do not match: server.key: it is not just one PEM block that ends in a newline",
		"nothing listens: UDP port 443 is not bound",
		"the server does not answer on its control channel: no answer",
	}, checksAt(m, s, time.Now()))
	code, _ = statusOn(m, time.Now())
	require.Equal(t, exitError, code)
}

// A dropped client cannot move from one listener to another: every listener refuses it
// before any ends its session.
func TestSessionsEndAfterEveryListenerRefuses(t *testing.T) {
	s := spectest.New(t).Spec(t, "laptop")
	s.Listeners = []spec.Listener{spectest.First, spectest.Second}
	steps, err := stepsFor(s)
	require.NoError(t, err)
	var names []string
	for _, one := range steps {
		names = append(names, one.Name())
	}
	require.Equal(t, []string{
		"service openvpn-server@trip-443.service",
		"sessions at /run/openvpn-server/trip.sock", "sessions at /run/openvpn-server/trip-443.sock",
		"file " + specPath,
	}, names[len(names)-4:])
}
