package stack

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOnlyEmptyAttributesAreRemoved(t *testing.T) {
	backend := t.TempDir()
	stacks := filepath.Join(backend, ".pulumi", "stacks", "tripvpn")
	require.NoError(t, os.MkdirAll(stacks, 0o700))
	for name, text := range map[string]string{"dev.json": "", "dev.json.attrs": "", "other.json": "{}", "other.json.attrs": "{}"} {
		require.NoError(t, os.WriteFile(filepath.Join(stacks, name), []byte(text), 0o600))
	}
	require.NoError(t, RemoveEmptyAttributes(backend))
	left, err := filepath.Glob(filepath.Join(stacks, "*"))
	require.NoError(t, err)
	require.Equal(t, []string{filepath.Join(stacks, "dev.json"), filepath.Join(stacks, "other.json"), filepath.Join(stacks, "other.json.attrs")}, left)
	require.NoError(t, RemoveEmptyAttributes(t.TempDir()))
}
