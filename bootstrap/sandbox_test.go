package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/spec/spectest"
)

// Every setting of the drop-in is in sandboxSettings, or among those that cannot be
// compared.
func TestSandboxSettingsAreThoseOfTheDropIn(t *testing.T) {
	text, err := serverDropIn(spectest.New(t).Spec(t), spectest.First).Render()
	require.NoError(t, err)
	_, service, found := strings.Cut(text, "[Service]\n")
	require.True(t, found)
	set := map[string]bool{}
	for line := range strings.Lines(service) {
		if name, _, ok := strings.Cut(line, "="); ok && !strings.HasPrefix(line, "#") {
			set[name] = true
		}
	}
	listed := map[string]bool{"Restart": true, "RestartSec": true, "SystemCallFilter": true, "SystemCallErrorNumber": true, "LoadCredential": true, "LogRateLimitIntervalSec": true}
	for _, name := range sandboxSettings {
		listed[name] = true
		require.NotEmpty(t, assigned(text, name), name)
	}
	require.Equal(t, listed, set)
}

// The check uses the settings that systemd has read, not those in the files.
func TestSandboxThatSystemdHasNotRead(t *testing.T) {
	s, m, i := variants(t)[0], freshMachine(t), instance{"trip"}
	requireConverges(t, m, s)
	require.Empty(t, checksAt(m, s, time.Now()))
	path := filepath.Join(m.Root, i.dropIn())
	ours, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.Remove(path))
	_, err = m.Run(t.Context(), "systemctl", "daemon-reload")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, ours, 0o644))
	problems := checksAt(m, s, time.Now())
	require.Contains(t, problems, "unit openvpn-server@trip.service: "+i.dropIn()+" is not in effect")
	require.Contains(t, problems, `unit openvpn-server@trip.service: ProtectSystem is "", not "strict"`)
}
