package main

import (
	"bytes"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/bootstrap/host"
	"tripvpn/internal/spec/spectest"
)

func TestADiskWithoutSpaceForUpdates(t *testing.T) {
	m, s := freshMachine(t), spectest.New(t).Spec(t, "laptop")
	requireConverges(t, m, s)
	for _, test := range []struct {
		free uint64
		err  error
		says string
	}{
		{leastSpace - 1, nil, "FAILED   the disk has no space for updates: 199 MB are free, and updates need 200 MB\n"},
		{0, errors.New("no such disk"), "FAILED   the disk has no space for updates: no such disk\n"},
	} {
		p := on(m)
		p.free = func(string) (uint64, error) { return test.free, test.err }
		require.Equal(t, exitDiffers, p.run(t.Context(), []string{"verify", "-root", m.Root}))
		require.Contains(t, p.stdout.(*bytes.Buffer).String(), test.says)
		// It is no reason not to change the host.
		p.stdout.(*bytes.Buffer).Reset()
		require.Equal(t, exitConverged, p.run(t.Context(), []string{"apply", "-root", m.Root}))
	}
}

func TestFreeSpace(t *testing.T) {
	free, err := host.Free(t.TempDir())
	require.NoError(t, err)
	require.Positive(t, free)
	_, err = host.Free("/nonexistent")
	require.ErrorContains(t, err, `"/nonexistent"`)
}
