package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/bootstrap/step"
	"tripvpn/internal/spec"
	"tripvpn/internal/spec/spectest"
)

// A listener on TCP that the spec has no more neither runs nor has its key on disk.
func TestATCPListenerIsRemoved(t *testing.T) {
	authority, m := spectest.New(t), freshMachine(t)
	s := authority.Spec(t, "laptop")
	s.Listeners = []spec.Listener{spectest.First, spectest.Second}
	requireConverges(t, m, s)
	s.Listeners = s.Listeners[:1]
	requireConverges(t, m, s)
	require.Empty(t, checksAt(m, s, time.Now()))
	i := instance{spec.TCPInstance(s.Trip)}
	for _, path := range []string{i.config(), i.file(keyFile), i.dropIn()} {
		require.NoFileExists(t, filepath.Join(m.Root, path))
	}
	require.False(t, m.Runs(i.unit()))
	s.Listeners = []spec.Listener{spectest.First, spectest.Second}
	requireConverges(t, m, s)
	require.NoError(t, m.Connect(i.name, "laptop"))
}

// A host with two listeners serves at both. verify and status cover both, and apply
// ends sessions at both.
func TestTwoListeners(t *testing.T) {
	authority, m := spectest.New(t), freshMachine(t)
	s := authority.Spec(t, "laptop", "phone")
	s.Listeners = []spec.Listener{spectest.First, spectest.Second}
	requireConverges(t, m, s)
	require.Empty(t, checksAt(m, s, time.Now()))
	for path, line := range map[string]string{
		"/etc/openvpn/server/trip-tcp.conf":          "dev tripvpn1\n",
		"/etc/openvpn/server/trip-tcp/clients/phone": "ifconfig-push 10.9.0.3 255.255.255.0\n",
		"/etc/openvpn/server/trip/clients/phone":     "ifconfig-push 10.8.0.3 255.255.255.0\n",
		rulesPath:                                    "-A TRIPVPN-INPUT -p tcp -m tcp --dport 443 -j ACCEPT\n",
		rules6Path:                                   "-A TRIPVPN-POSTROUTING -s fd00:8:0:1::/64 ! -o tripvpn1 -j MASQUERADE\n",
	} {
		text, err := os.ReadFile(filepath.Join(m.Root, path))
		require.NoError(t, err)
		require.Contains(t, string(text), line, path)
	}

	for _, connection := range []struct{ instance, client string }{
		{"trip", "laptop"}, {"trip-tcp", "phone"}, {"trip-tcp", "laptop"}, {"trip", "phone"},
	} {
		require.NoError(t, m.Connect(connection.instance, connection.client))
	}
	code, text := statusOn(m, time.Now(), "-json")
	require.Equal(t, exitConverged, code)
	var report statusReport
	require.NoError(t, json.Unmarshal([]byte(text), &report))
	require.Len(t, report.Servers, 2)
	require.Equal(t, map[string]string{"phone": "trip", "laptop": "trip-tcp"}, connections(report))
	_, text = statusOn(m, time.Now())
	require.Regexp(t, `(?s)server trip: 1 connected.*phone.*server trip-tcp: 1 connected.*laptop.*EXPIRES`, text)

	fewer := authority.Clients("laptop", "phone")[1:]
	s.Identity.Clients = fewer
	requireConverges(t, m, s)
	for _, l := range s.Listeners {
		require.Equal(t, []string{"phone"}, m.Connected(l.Instance))
	}

	require.NoError(t, m.Stop(instance{"trip-tcp"}.unit()))
	overwrite(t, m, instance{"trip-tcp"}.file(keyFile), "no key\n")
	require.Equal(t, []string{
		"certificates and key do not match: server.key: it is not just one PEM block that ends in a newline",
		"nothing listens: TCP port 443 is not bound",
		"the server does not answer on its control channel: no answer",
		`the server takes no orders: sending "status 3" to "/run/tripvpn/trip-tcp/management.sock": file does not exist`,
	}, checksAt(m, s, time.Now()))
	code, _ = statusOn(m, time.Now())
	require.Equal(t, exitError, code)
}

// connections maps each client to the server that the report lists it at.
func connections(report statusReport) map[string]string {
	all := map[string]string{}
	for _, server := range report.Servers {
		for _, client := range server.Clients {
			all[client.Name] += server.Name
		}
	}
	return all
}

func TestADeviceIsListedWhereItConnectedLast(t *testing.T) {
	at := func(name string, second int64) clientStatus {
		return clientStatus{Name: name, Since: time.Unix(second, 0)}
	}
	for name, test := range map[string]struct {
		udp, tcp []clientStatus
		want     map[string]string
	}{
		"moved to TCP":       {[]clientStatus{at("laptop", 1)}, []clientStatus{at("laptop", 2)}, map[string]string{"laptop": "tcp"}},
		"moved back":         {[]clientStatus{at("laptop", 3)}, []clientStatus{at("laptop", 2)}, map[string]string{"laptop": "udp"}},
		"in the same second": {[]clientStatus{at("laptop", 2)}, []clientStatus{at("laptop", 2)}, map[string]string{"laptop": "tcp"}},
		"two devices":        {[]clientStatus{at("laptop", 1)}, []clientStatus{at("phone", 2)}, map[string]string{"laptop": "udp", "phone": "tcp"}},
	} {
		report := statusReport{Servers: []serverStatus{{Name: "udp", Clients: test.udp}, {Name: "tcp", Clients: test.tcp}}}
		dropLeftovers(report.Servers)
		require.Equal(t, test.want, connections(report), name)
	}
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
	for _, l := range s.Listeners {
		refusal := slices.Index(names, step.DirEntries{Dir: step.Dir{Path: instance{l.Instance}.file(clientsDir)}}.Name())
		require.GreaterOrEqual(t, refusal, 0, l.Instance)
		require.Less(t, refusal, slices.Index(names, "sessions at /run/tripvpn/trip/management.sock"), l.Instance)
	}
	started := slices.Index(names, "service openvpn-server@trip-tcp.service")
	require.GreaterOrEqual(t, started, 0)
	require.Equal(t, []string{"sessions at /run/tripvpn/trip/management.sock", "sessions at /run/tripvpn/trip-tcp/management.sock"}, names[started+1:started+3])
	require.Equal(t, "file "+specPath, names[len(names)-1])
}

// A certificate is revoked by a file, which goes when it is no longer revoked.
func TestRevokedCertificatesHaveFiles(t *testing.T) {
	authority, m := spectest.New(t), freshMachine(t)
	s := authority.Spec(t, "laptop")
	path := filepath.Join(m.Root, instance{s.Listeners[0].Instance}.file(revokedDir), "1234567890123456789")
	s.Identity.Revoked = []string{"1234567890123456789"}
	requireConverges(t, m, s)
	require.FileExists(t, path)
	s.Identity.Revoked = []string{}
	requireConverges(t, m, s)
	require.NoFileExists(t, path)
}
