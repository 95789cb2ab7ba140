package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/bootstrap/host"
	"tripvpn/bootstrap/host/hosttest"
	"tripvpn/internal/spec"
	"tripvpn/internal/spec/spectest"
)

// checksAt returns the problems that checks finds on the machine at that time.
func checksAt(m hosttest.Machine, s spec.Spec, now time.Time) []string {
	p := on(m)
	p.now = func() time.Time { return now }
	var all []string
	for _, problem := range p.checks(context.Background(), host.NewReader(m.Root, m), s) {
		all = append(all, problem.What)
	}
	return all
}

func TestChecksDependOnTheClock(t *testing.T) {
	authority := spectest.New(t)
	s, m := authority.Spec(t, "laptop"), freshMachine(t)
	requireConverges(t, m, s)
	require.Empty(t, checksAt(m, s, time.Now()))

	later := checksAt(m, s, authority.NotAfter.Add(time.Hour))
	require.Len(t, later, 2)
	require.Contains(t, later[0], "security updates are not found: apt has not got its lists of packages since")
	require.Contains(t, later[1], "clients refuse the server's certificate: x509: certificate has expired")
}

// The checks read the files on the host, not the spec.
func TestChecksReadTheHost(t *testing.T) {
	authority := spectest.New(t)
	s, m, i := authority.Spec(t, "laptop"), freshMachine(t), instance{"trip"}
	requireConverges(t, m, s)
	for name, content := range map[string]string{
		keyFile:     authority.Spec(t, "x").Identity.Key.Reveal(),
		issuersFile: spectest.New(t).Spec(t, "x").Identity.CA,
	} {
		path := filepath.Join(m.Root, i.file(name))
		kept, err := os.ReadFile(path)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		require.Contains(t, checksAt(m, s, time.Now())[0], "certificates and key do not match")
		require.NoError(t, os.WriteFile(path, kept, 0o600))
	}
	other := s
	other.Listeners = []spec.Listener{spectest.First}
	other.Listeners[0].Port = 443
	require.Contains(t, checksAt(m, other, time.Now()), "nothing listens: UDP port 443 is not bound")
	identity := *s.Identity
	identity.ControlChannel = authority.Spec(t, "x").Identity.ControlChannel
	other = s
	other.Identity = &identity
	require.Contains(t, checksAt(m, other, time.Now()), "the server does not answer on its control channel: no answer")
}

func TestPortBoundReadsBothFamilies(t *testing.T) {
	m := freshMachine(t)
	r := host.NewReader(m.Root, m)
	udp, tcp := spec.Listener{Protocol: spec.UDP, Port: 1194}, spec.Listener{Protocol: spec.TCP, Port: 1194}
	require.EqualError(t, portBound(r, udp), "UDP port 1194 is not bound")
	require.EqualError(t, portBound(r, tcp), "TCP port 1194 is not bound")
	for l, state := range map[spec.Listener]string{udp: "07", tcp: "0A"} {
		for _, family := range []string{"", "6"} {
			m, list := freshMachine(t), "/proc/net/"+string(l.Protocol)+family
			r, sockets := host.NewReader(m.Root, m), "  sl  local_address rem_address\n 1: 00000000:0035 00000000:0000 %[1]s\n 2: 00000000:04AA 00000000:0000 %[1]s\n"
			overwrite(t, m, list, fmt.Sprintf(sockets, state))
			require.NoError(t, portBound(r, l), list)
			require.Error(t, portBound(r, spec.Listener{Protocol: l.Protocol, Port: 0x4A}), list)
			overwrite(t, m, list, fmt.Sprintf(sockets, "01"))
			require.Error(t, portBound(r, l), "%s lists only a connection", list)
		}
	}
	overwrite(t, m, "/proc/net/tcp6", " 2: 00000000:04AA 00000000:0000 0A\n")
	require.NoError(t, portBound(r, tcp))
	require.Error(t, portBound(r, udp), "each protocol has its own ports")
}
