package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/bootstrap/host"
	"tripvpn/bootstrap/host/hosttest"
	"tripvpn/internal/golden"
	"tripvpn/internal/spec"
	"tripvpn/internal/spec/spectest"
)

// The specs are those that the Pulumi program's tests write, with keys and certificates
// added. The golden file lists every file that apply adds to a host or changes.
func TestTripsGolden(t *testing.T) {
	old := syscall.Umask(0o022) // the modes of the simulated host's own files depend on it
	t.Cleanup(func() { syscall.Umask(old) })
	specs, err := filepath.Glob("../infra/vpn/testdata/trips/*.spec.json")
	require.NoError(t, err)
	require.NotEmpty(t, specs)
	for _, path := range specs {
		name := strings.TrimSuffix(filepath.Base(path), ".spec.json")
		t.Run(name, func(t *testing.T) {
			m := freshMachine(t)
			before := tree(t, m)
			_, err := on(m).converge(context.Background(), options{root: m.Root, json: true}, host.NewWriter(m.Root, m), tripSpec(t, path))
			require.NoError(t, err)
			var text strings.Builder
			after := tree(t, m)
			for _, entry := range after {
				if !slices.Contains(before, entry) {
					text.WriteString(entry)
				}
			}
			golden.Require(t, filepath.Join("trips", name+".tree"), text.String())
		})
	}
}

// tripSpec reads a spec without keys and certificates, and adds some.
func tripSpec(t *testing.T, path string) spec.Spec {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	var s spec.Spec
	require.NoError(t, json.Unmarshal(text, &s))
	keys := spectest.New(t).Spec(t).Identity
	s.Identity.CA, s.Identity.Certificate, s.Identity.Key = keys.CA, keys.Certificate, keys.Key
	s.Identity.ControlChannel.Key = spectest.ControlChannelKey(t, s.Identity.ControlChannel.Mode)
	require.NoError(t, s.Validate())
	return s
}

// tree lists the machine's files with type, permissions and content. It omits the spec
// and the hashes in records, because they depend on keys.
func tree(t *testing.T, m hosttest.Machine) []string {
	t.Helper()
	var entries []string
	err := filepath.WalkDir(m.Root, func(path string, entry fs.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := entry.Info()
		require.NoError(t, err)
		require.EqualValues(t, os.Geteuid(), info.Sys().(*syscall.Stat_t).Uid, "owner of %s", path)
		path = strings.TrimPrefix(path, m.Root)
		text := fmt.Sprintf("%s %s\n", info.Mode(), path)
		if path == specPath || filepath.Dir(path) == recordDir || path == "/var/lib/hosttest.json" {
			entries = append(entries, text)
			return nil
		}
		if info.Mode().IsRegular() {
			content, err := os.ReadFile(filepath.Join(m.Root, path))
			require.NoError(t, err)
			for line := range strings.Lines(golden.WithoutPEM(string(content))) {
				text += "    " + line
			}
		}
		entries = append(entries, text)
		return nil
	})
	require.NoError(t, err)
	return entries
}
