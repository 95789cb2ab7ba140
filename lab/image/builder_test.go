package image

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/testenv"
)

// makeTree is a build that takes a moment and leaves one file.
func makeTree(text string, builds *int) func(context.Context, string) error {
	return func(_ context.Context, partial string) error {
		*builds++
		return errors.Join(os.Mkdir(partial, 0o755), os.WriteFile(filepath.Join(partial, "text"), []byte(text), 0o644))
	}
}

func TestCachedBuildsOnce(t *testing.T) {
	var said []string
	b := &Builder{Folder: t.TempDir(), Progress: func(text string) { said = append(said, text) }}
	builds := 0
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			tree, err := b.cached(context.Background(), "x", "recipe", makeTree("one", &builds))
			require.NoError(t, err)
			require.FileExists(t, filepath.Join(tree, "text"))
		})
	}
	group.Wait()
	require.Equal(t, 1, builds)
	require.Len(t, said, 2)

	first, err := b.cached(context.Background(), "x", "recipe", makeTree("one", &builds))
	require.NoError(t, err)
	second, err := b.cached(context.Background(), "x", "another recipe", makeTree("two", &builds))
	require.NoError(t, err)
	require.Equal(t, 2, builds)
	require.NoDirExists(t, first, "an image that no recipe leads to any more")
	require.DirExists(t, second)
}

func TestFailedBuildLeavesNoImage(t *testing.T) {
	b := &Builder{Folder: t.TempDir()}
	broken := func(_ context.Context, partial string) error {
		require.NoError(t, os.Mkdir(partial, 0o755))
		return errors.New("cut off")
	}
	_, err := b.cached(context.Background(), "x", "recipe", broken)
	require.EqualError(t, err, "cut off")

	builds := 0
	tree, err := b.cached(context.Background(), "x", "recipe", makeTree("whole", &builds))
	require.NoError(t, err, "what the failed one left is not in the way")
	require.Equal(t, 1, builds)
	left, err := filepath.Glob(filepath.Join(b.Folder, "images", "x_*"))
	require.NoError(t, err)
	require.Equal(t, []string{tree}, left)
}

func TestUnknownImage(t *testing.T) {
	_, err := (&Builder{Folder: t.TempDir()}).Host(context.Background(), "debian-1")
	require.EqualError(t, err, `building image "debian-1": it is none of debian-12, debian-13`)
}

func TestIsolatedLeavesNoMountAndNoProcess(t *testing.T) {
	testenv.RequireRoot(t)
	testenv.RequirePrograms(t, "unshare", "mount")
	folder := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- isolated(ctx, `mount -t tmpfs tmpfs "$1"; sleep 600 & echo >"$2"; wait`, folder, folder+".mounted")
	}()
	require.Eventually(t, func() bool { _, err := os.Stat(folder + ".mounted"); return err == nil }, 5*time.Second, time.Millisecond)

	mounts, err := os.ReadFile("/proc/self/mountinfo")
	require.NoError(t, err)
	require.NotContains(t, string(mounts), folder)
	cancel()
	// It returns when its output has no writer left, and sleep is one.
	select {
	case err := <-done:
		require.Error(t, err)
	case <-time.After(10 * time.Second):
		t.Fatal("a process lives on")
	}
}
