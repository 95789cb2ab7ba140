package main

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/spec/spectest"
)

// Every setting of the file is in sshSettings, or among those that sshd prints in full.
func TestSSHSettingsAreThoseOfTheFile(t *testing.T) {
	s := spectest.New(t).Spec(t, "laptop")
	text, err := sshView(s.Logs).Render()
	require.NoError(t, err)
	set := map[string]bool{}
	for line := range strings.Lines(text) {
		if name, _, ok := strings.Cut(line, " "); ok && !strings.HasPrefix(line, "#") {
			set[name] = true
		}
	}
	listed := map[string]bool{"KexAlgorithms": true}
	for _, name := range sshSettings {
		listed[name] = true
	}
	require.Equal(t, listed, set)
}

func TestOtherFilesMustNotOpenSSH(t *testing.T) {
	s, m := spectest.New(t).Spec(t, "laptop"), freshMachine(t)
	requireConverges(t, m, s)
	overwrite(t, m, "/etc/ssh/sshd_config.d/00-a.conf", "PasswordAuthentication yes\nAllowUsers root\n")
	require.Equal(t, []string{`SSH: AllowUsers is "root", not "tripvpn"`, `SSH: PasswordAuthentication is "yes", not "no"`},
		checksAt(m, s, time.Now()))
}
