package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/bootstrap/host"
	"tripvpn/bootstrap/host/hosttest"
	"tripvpn/internal/controlchannel"
	"tripvpn/internal/spec"
	"tripvpn/internal/spec/spectest"
)

// dataPaths are the listeners' data paths, as status lists them.
func dataPaths(t *testing.T, m hosttest.Machine) []spec.DataPath {
	t.Helper()
	_, text := statusOn(m, time.Now(), "-json")
	var report statusReport
	require.NoError(t, json.Unmarshal([]byte(text), &report))
	var paths []spec.DataPath
	for _, server := range report.Servers {
		paths = append(paths, server.DataPath)
	}
	return paths
}

// twoListeners is a spec with a data path for two listeners.
func twoListeners(t *testing.T, path spec.DataPath) spec.Spec {
	s := spectest.New(t).Spec(t, "laptop")
	s.Listeners = []spec.Listener{spectest.First, spectest.Second}
	s.Identity.DataPath = path
	return s
}

// plan and verify tell which data path the host's servers have to have, and why it is not
// the kernel's. status tells which they have.
func TestDataPath(t *testing.T) {
	for name, c := range map[string]struct {
		path       spec.DataPath
		style      spec.Style
		offloading bool
		wants      spec.DataPath
		reason     string
	}{
		"an old host":       {spec.AutoPath, spec.Modern, false, spec.UserSpace, "OpenVPN 2.6 is older than 2.7"},
		"a host that can":   {spec.AutoPath, spec.Modern, true, spec.Kernel, ""},
		"a host that must":  {spec.Kernel, spec.Modern, true, spec.Kernel, ""},
		"one that must not": {spec.UserSpace, spec.Modern, true, spec.UserSpace, "dataPath is user"},
		"the classic style": {spec.AutoPath, spec.Classic, true, spec.UserSpace, "the style is classic"},
	} {
		t.Run(name, func(t *testing.T) {
			s, m := twoListeners(t, c.path), freshMachine(t)
			if c.offloading {
				require.NoError(t, m.SetOffloading())
			}
			if s.Identity.Style = c.style; c.style == spec.Classic {
				s.Identity.ControlChannel = spec.ControlChannel{Mode: controlchannel.TLSAuth, Key: spectest.ControlChannelKey(t, controlchannel.TLSAuth)}
			}
			line := fmt.Sprintf("data path: %s\n", c.wants)
			if c.reason != "" {
				line = fmt.Sprintf("data path: %s, because %s\n", c.wants, c.reason)
			}
			code, stdout, stderr := runOn(t, m, s, "plan")
			require.Equal(t, exitDiffers, code, stderr)
			require.Contains(t, stdout, line)
			requireConverges(t, m, s)
			require.Equal(t, []spec.DataPath{c.wants, c.wants}, dataPaths(t, m))
			code, stdout, _ = runOn(t, m, s, "verify")
			require.Equal(t, exitConverged, code, stdout)
			require.Contains(t, stdout, line)

			var report report
			_, stdout, _ = runOn(t, m, s, "verify", "-json")
			require.NoError(t, json.Unmarshal([]byte(stdout), &report))
			require.Equal(t, &dataPath{c.wants, c.reason}, report.DataPath)
		})
	}
}

// A host that cannot have the kernel's data path is refused before any change.
func TestAHostWithoutTheKernelsDataPath(t *testing.T) {
	s, m := twoListeners(t, spec.Kernel), freshMachine(t)
	const refusal = "the data path cannot be kernel, because "
	refused := func(why string) {
		t.Helper()
		before := m.Text()
		for _, command := range []string{"plan", "apply"} {
			code, _, stderr := runOn(t, m, s, command)
			require.Equal(t, exitError, code)
			require.Contains(t, stderr, refusal+why+"; use another image, or run on your own machine: pulumi config set tripvpn:dataPath auto")
		}
		require.Equal(t, before, m.Text())
	}
	refused("OpenVPN 2.6 is older than 2.7")
	require.NoError(t, m.SetOffloading())
	overwrite(t, m, "/proc/sys/kernel/osrelease", "6.12.57\n")
	refused("Linux 6.12.57 has no module ovpn")
	overwrite(t, m, "/lib/modules/6.12.57/modules.builtin", "kernel/drivers/net/ovpn/ovpn.ko\n")
	requireConverges(t, m, s)

	// It has booted another kernel.
	overwrite(t, m, "/proc/sys/kernel/osrelease", "6.12.58\n")
	code, stdout, _ := runOn(t, m, s, "verify")
	require.Equal(t, exitDiffers, code)
	require.Contains(t, stdout, refusal+"Linux 6.12.58 has no module ovpn;")
}

// verify proves the data path by the tunnel's network interface.
func TestVerifyNoticesAnotherDataPath(t *testing.T) {
	s, m := twoListeners(t, spec.AutoPath), freshMachine(t)
	require.NoError(t, m.SetOffloading())
	requireConverges(t, m, s)
	device := "/sys/class/net/tripvpn1"
	overwrite(t, m, device+"/uevent", "INTERFACE=tripvpn1\n")
	require.Contains(t, strings.Join(checksAt(m, s, time.Now()), "\n"), "the network interface tripvpn1 is neither of type ovpn nor of the driver tun")
	overwrite(t, m, device+"/tun_flags", "0x1001\n")
	require.Equal(t, []string{"the data path is not the required one: that of tripvpn1 is user, not kernel"}, checksAt(m, s, time.Now()))
	require.Equal(t, []spec.DataPath{spec.Kernel, spec.UserSpace}, dataPaths(t, m))

	s.Identity.DataPath = spec.UserSpace
	problems := checksAt(m, s, time.Now())
	require.Equal(t, []string{"the data path is not the required one: that of tripvpn0 is kernel, not user"}, problems)
}

func TestAModuleIsNotAnotherOneWithALongerName(t *testing.T) {
	m := freshMachine(t)
	overwrite(t, m, "/lib/modules/7/modules.dep", "kernel/net/xovpn.ko.xz:\nkernel/net/ovpn-dco-v2.ko: kernel/drivers/net/ovpn/ovpn.ko\n")
	found, err := hasModule(host.NewReader(m.Root, m), "7", "ovpn")
	require.NoError(t, err)
	require.False(t, found)
}
