package binfmt_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/fabric/binfmt"
	"tripvpn/lab/fabric/operator/labtest"
)

// There is one registration on a computer, and a lab removes it when it ends.
func TestMain(m *testing.M) { labtest.Main(m, nil) }

const folder = "/proc/sys/fs/binfmt_misc"

var (
	entry   = filepath.Join(folder, "tripvpn-lab")
	foreign = map[string]string{"amd64": "arm64", "arm64": "amd64"}[runtime.GOARCH]
	program = map[string]string{"amd64": "qemu-x86_64-static", "arm64": "qemu-aarch64-static"}[foreign]
)

func TestAnEmulatorIsRegisteredAndRemoved(t *testing.T) {
	labtest.Require(t, program, "mount")
	_, err := os.Stat(filepath.Join(folder, "register"))
	mounted := err == nil
	for range 2 {
		remove, err := binfmt.Register(t.Context(), foreign)
		require.NoError(t, err)
		text, err := os.ReadFile(entry)
		require.NoError(t, err)
		require.Contains(t, string(text), "enabled\n")
		require.Contains(t, string(text), "flags: F\n")
		require.NoError(t, remove())
		require.NoFileExists(t, entry)
		_, err = os.Stat(filepath.Join(folder, "register"))
		require.Equal(t, mounted, err == nil)
	}
}

func TestWhatAKilledBuilderLeftIsNotInTheWay(t *testing.T) {
	labtest.Require(t, program, "mount")
	_, err := binfmt.Register(t.Context(), foreign)
	require.NoError(t, err)
	remove, err := binfmt.Register(t.Context(), foreign)
	require.NoError(t, err)
	require.NoError(t, remove())
	require.NoFileExists(t, entry)
}

func TestAnUnknownArchitecture(t *testing.T) {
	_, err := binfmt.Register(t.Context(), "pdp11")
	require.ErrorContains(t, err, `"pdp11"`)
}
