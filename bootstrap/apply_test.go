package main

import (
	"bytes"
	"context"
	"flag"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/bootstrap/host"
	"tripvpn/bootstrap/host/hosttest"
	"tripvpn/internal/controlchannel"
	"tripvpn/internal/spec"
	"tripvpn/internal/spec/spectest"
)

// variants are specs that one host may receive in any order.
func variants(t *testing.T) []spec.Spec {
	authority := spectest.New(t)
	first := authority.Spec(t, "laptop", "phone")
	alter := func(change func(*spec.Spec)) spec.Spec {
		other, identity := first, *first.Identity
		other.Identity, other.Listeners = &identity, slices.Clone(first.Listeners)
		change(&other)
		return other
	}
	return []spec.Spec{
		first,
		alter(func(s *spec.Spec) { s.Identity.Clients = authority.Clients("phone", "tablet") }),
		alter(func(s *spec.Spec) { s.Listeners[0].Port = 443 }),
		alter(func(s *spec.Spec) { s.Listeners[0].Subnet = netip.MustParsePrefix("10.9.0.0/16") }),
		alter(func(s *spec.Spec) { s.Identity.Revoked = []string{"17"} }),
		alter(func(s *spec.Spec) {
			s.Identity.Style = spec.Classic
			s.Identity.ControlChannel = spec.ControlChannel{Mode: controlchannel.TLSAuth, Key: spectest.ControlChannelKey(t, controlchannel.TLSAuth)}
		}),
		alter(func(s *spec.Spec) { s.Until = time.Now().Add(time.Hour).Truncate(time.Second).UTC() }),
		alter(func(s *spec.Spec) { s.Logs = spec.NoLogs }),
		spectest.New(t).Spec(t, "laptop"), // with another CA and another key
	}
}

func TestApplyTwiceChangesNothing(t *testing.T) {
	s := variants(t)[0]
	m := freshMachine(t)
	requireConverges(t, m, s)
	once := m.Text()
	requireConverges(t, m, s)
	require.Equal(t, once, m.Text())
}

// syncing is a host that calls a function when it is told to sync its disks.
type syncing struct {
	hosttest.Machine
	sync func()
}

func (s syncing) Run(ctx context.Context, args ...string) (string, error) {
	if args[0] == "sync" {
		s.sync()
	}
	return s.Machine.Run(ctx, args...)
}

func TestApplySyncsAllThatItHasDone(t *testing.T) {
	data, err := variants(t)[0].Encode()
	require.NoError(t, err)
	m, synced := freshMachine(t), ""
	p := on(m)
	p.stdin = bytes.NewReader(data)
	p.commands = func(string) host.Runner { return syncing{m, func() { synced = m.Text() }} }
	require.Equal(t, exitConverged, p.run(t.Context(), []string{"apply", "-spec", "-", "-root", m.Root}), p.stderr)
	require.Equal(t, m.Text(), synced)
}

// Wherever a run is killed, the next run continues. So does a run that returns the host
// to its previous spec.
func TestKilledRunIsRepaired(t *testing.T) {
	t.Parallel()
	all := variants(t)
	old, wanted := all[0], all[7]
	wanted.Listeners, wanted.Until = all[2].Listeners, all[6].Until
	oldState, wantedState := stateOf(t, old), stateOf(t, wanted)
	for _, from := range []*spec.Spec{nil, &old} {
		for n, killed := 0, true; killed; n++ {
			forward, back := freshMachine(t), freshMachine(t)
			for _, m := range []hosttest.Machine{forward, back} {
				if from != nil {
					requireConverges(t, m, *from)
				}
				killed = applyUntilKilled(t, m, wanted, n)
			}
			requireConverges(t, forward, wanted)
			require.Equal(t, wantedState, forward.Text(), "killed after %d effects", n)
			requireConverges(t, back, old)
			require.Equal(t, oldState, back.Text(), "killed after %d effects, then reverted", n)
			require.Less(t, n, 200, "apply does not end")
		}
	}
}

var seed = flag.Uint64("seed", 0, "the seed of TestRandomTransitions; 0 chooses and prints one")

// Whatever happened to a host, apply brings it to the spec's state.
func TestRandomTransitions(t *testing.T) {
	t.Parallel()
	all := variants(t)
	var states []string
	for _, s := range all {
		states = append(states, stateOf(t, s))
	}
	start := *seed
	if start == 0 {
		start = rand.Uint64()
	}
	t.Logf("to repeat this run: go test ./bootstrap -run TestRandomTransitions -seed=%d", start)
	random := rand.New(rand.NewPCG(start, 0))
	m := freshMachine(t)
	requireConverges(t, m, all[0])
	for range 60 {
		disturbances[random.IntN(len(disturbances))](t, m)
		applyUntilKilled(t, m, all[random.IntN(len(all))], random.IntN(40))
		i := random.IntN(len(all))
		requireConverges(t, m, all[i])
		require.Equal(t, states[i], m.Text())
	}
}

// disturbances are changes to a host that apply did not make.
var disturbances = []func(*testing.T, hosttest.Machine){
	func(t *testing.T, m hosttest.Machine) {},
	func(t *testing.T, m hosttest.Machine) { require.NoError(t, m.Stop(instance{"trip"}.unit())) },
	func(t *testing.T, m hosttest.Machine) { require.NoError(t, m.Stop(firewallService)) },
	func(t *testing.T, m hosttest.Machine) { require.NoError(t, m.Flush("ip6tables-save")) },
	func(t *testing.T, m hosttest.Machine) { overwrite(t, m, instance{"trip"}.config(), "verb 11\n") },
	func(t *testing.T, m hosttest.Machine) { overwrite(t, m, instance{"trip"}.file(keyFile), "no key\n") },
	func(t *testing.T, m hosttest.Machine) { // a drop-in changes, and systemd reads it
		overwrite(t, m, instance{"trip"}.dropIn(), "[Service]\n")
		_, err := m.Run(context.Background(), "systemctl", "daemon-reload")
		require.NoError(t, err)
	},
	func(t *testing.T, m hosttest.Machine) {
		overwrite(t, m, instance{"trip"}.file(clientsDir)+"/intruder", "")
	},
	func(t *testing.T, m hosttest.Machine) { require.NoError(t, m.Connect("trip", "intruder")) },
	func(t *testing.T, m hosttest.Machine) { // the unit's file is gone, but the timer is active
		require.NoError(t, os.RemoveAll(filepath.Join(m.Root, unitDir, endTimer)))
	},
	func(t *testing.T, m hosttest.Machine) { overwrite(t, m, "/proc/sys/net/ipv4/ip_forward", "0\n") },
	func(t *testing.T, m hosttest.Machine) {
		require.NoError(t, os.Remove(filepath.Join(m.Root, rulesPath)))
	},
	func(t *testing.T, m hosttest.Machine) {
		require.NoError(t, os.Chmod(filepath.Join(m.Root, specPath), 0o644))
	},
	func(t *testing.T, m hosttest.Machine) {
		require.NoError(t, os.RemoveAll(filepath.Join(m.Root, recordDir)))
	},
	func(t *testing.T, m hosttest.Machine) {
		require.NoError(t, os.RemoveAll(filepath.Join(m.Root, unitDir, "multi-user.target.wants")))
	},
}

func overwrite(t *testing.T, m hosttest.Machine, path, content string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(m.Root, path)), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(m.Root, path), []byte(content), 0o644))
}

// A spec without a VPN configures only the network, and does not change an existing VPN.
func TestNetworkOnly(t *testing.T) {
	whole := variants(t)[0]
	network := whole
	network.Identity = nil
	m := freshMachine(t)
	requireConverges(t, m, network)
	require.NoFileExists(t, filepath.Join(m.Root, specPath))
	requireConverges(t, m, whole)
	state := m.Text()
	requireConverges(t, m, network)
	require.Equal(t, state, m.Text())
}

// OpenVPN reads clients and revocation lists at each connection, so a change to them
// needs no restart.
func TestClientsChangeWithoutRestart(t *testing.T) {
	all := variants(t)
	m := freshMachine(t)
	requireConverges(t, m, all[0])
	for _, other := range []spec.Spec{all[1], all[4]} {
		_, stdout, _ := runOn(t, m, other, "plan")
		require.NotContains(t, stdout, "service openvpn-server@trip")
		requireConverges(t, m, other)
		requireConverges(t, m, all[0])
	}
	_, stdout, _ := runOn(t, m, all[2], "plan")
	require.Contains(t, stdout, "service openvpn-server@trip.service: was started with other files, and needs a restart")
}

// Only three files contain secrets, all with mode 0600.
func TestOnlySecretFilesContainSecrets(t *testing.T) {
	s := variants(t)[0]
	m := freshMachine(t)
	requireConverges(t, m, s)
	i, found := instance{"trip"}, map[string]bool{}
	err := filepath.WalkDir(m.Root, func(path string, entry os.DirEntry, err error) error {
		require.NoError(t, err)
		if !entry.Type().IsRegular() {
			return nil
		}
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		if holdsSecret(string(data), s) {
			info, err := entry.Info()
			require.NoError(t, err)
			require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), path)
			found[path[len(m.Root):]] = true
		}
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, map[string]bool{i.file(keyFile): true, i.file(controlChannelKeyFile): true, specPath: true}, found)
}
