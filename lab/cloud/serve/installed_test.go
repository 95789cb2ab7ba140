package serve

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// install puts a file where a plugin would be.
func install(t *testing.T, folder string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(folder, "pulumi-resource-tls")
	require.NoError(t, os.MkdirAll(folder, 0o700))
	require.NoError(t, os.WriteFile(path, nil, mode))
	return path
}

func TestInstalledInTheHome(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	home := t.TempDir()
	folder := filepath.Join(home, "plugins", "resource-tls-v5.5.1")
	_, ok := Installed(home, "tls", "5.5.1")
	require.False(t, ok)

	path := install(t, folder, 0o700)
	found, ok := Installed(home, "tls", "5.5.1")
	require.True(t, ok)
	require.Equal(t, path, found)
	for _, other := range []struct{ name, version string }{{"tls", "5.5.0"}, {"aws", "5.5.1"}} {
		_, ok = Installed(home, other.name, other.version)
		require.False(t, ok, "%v", other)
	}

	t.Setenv("PULUMI_HOME", home)
	_, ok = Installed("", "tls", "5.5.1")
	require.True(t, ok)

	require.NoError(t, os.WriteFile(folder+".partial", nil, 0o600))
	_, ok = Installed(home, "tls", "5.5.1")
	require.False(t, ok, "a download that was broken off")
}

func TestInstalledInTheUsersHome(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	t.Setenv("PULUMI_HOME", "")
	home := t.TempDir()
	t.Setenv("HOME", home)
	install(t, filepath.Join(home, ".pulumi", "plugins", "resource-tls-v5.5.1"), 0o700)
	_, ok := Installed("", "tls", "5.5.1")
	require.True(t, ok)
}

func TestInstalledIsNotWhatCannotBeRun(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	home := t.TempDir()
	install(t, filepath.Join(home, "plugins", "resource-tls-v5.5.1"), 0o600)
	_, ok := Installed(home, "tls", "5.5.1")
	require.False(t, ok)
}

func TestInstalledOnThePathCountsWhateverItsVersion(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("PATH", folder)
	path := install(t, folder, 0o700)
	found, ok := Installed(t.TempDir(), "tls", "5.5.1")
	require.True(t, ok)
	require.Equal(t, path, found)
}

func TestMissing(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("PATH", folder)
	install(t, folder, 0o700)
	missing := Missing(t.TempDir(), Plugin{Name: "tls"}, Plugin{Name: "aws"})
	require.Len(t, missing, 1)
	require.Equal(t, "aws", missing[0].Name)
}
