package repo_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"tripvpn/lab/repo"
)

func TestLockKeepsOthersOut(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "new", "folder")
	unlock, err := repo.Lock(folder)
	require.NoError(t, err)
	other, err := os.Open(filepath.Join(folder, "lock"))
	require.NoError(t, err)
	defer other.Close()
	require.Equal(t, unix.EWOULDBLOCK, unix.Flock(int(other.Fd()), unix.LOCK_SH|unix.LOCK_NB))
	require.NoError(t, unlock())
	require.NoError(t, unix.Flock(int(other.Fd()), unix.LOCK_EX|unix.LOCK_NB))
}
