package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/bootstrap/host"
	"tripvpn/bootstrap/host/hosttest"
	"tripvpn/internal/spec/spectest"
)

// Updates may be late, and then are reported, each with its remedy.
func TestUpdatesThatAreNotInUse(t *testing.T) {
	s, m := spectest.New(t).Spec(t, "laptop"), freshMachine(t)
	requireConverges(t, m, s)
	late := time.Now().Add(-patience - time.Hour)
	for path, want := range map[string]string{
		listsStamp:     "security updates are not found: apt has not got its lists of packages since " + late.UTC().Format(time.RFC3339),
		rebootRequired: "a security update is not in use: a reboot is required since " + late.UTC().Format(time.RFC3339),
	} {
		overwrite(t, m, path, "")
		require.Empty(t, checksAt(m, s, time.Now()), path)
		require.NoError(t, os.Chtimes(filepath.Join(m.Root, path), late, late))
		require.Equal(t, []string{want}, checksAt(m, s, time.Now()))
		require.NoError(t, os.Remove(filepath.Join(m.Root, path)))
	}
}

func TestProcessWithAnOldLibrary(t *testing.T) {
	m, unit := freshMachine(t), instance{"trip"}.unit()
	require.NoError(t, m.SetProcess(unit, 77))
	r := host.NewReader(m.Root, m)
	require.NoError(t, current(t.Context(), r, unit), "it has ended")
	const loaded = "7f00 r-xp 00000000 08:01 42   /usr/sbin/openvpn\n7f01 r--s 00000000 00:01 7    /dev/zero (deleted)\n"
	overwrite(t, m, "/proc/77/maps", loaded)
	require.NoError(t, current(t.Context(), r, unit))
	overwrite(t, m, "/proc/77/maps", loaded+"7f02 r-xp 00000000 08:01 43   /usr/lib/x86_64-linux-gnu/libssl.so.3 (deleted)\n")
	require.EqualError(t, current(t.Context(), r, unit), unit+" uses a file that was replaced: /usr/lib/x86_64-linux-gnu/libssl.so.3")
	overwrite(t, m, "/proc/77/maps", "7f00 r-xp 00000000 08:01 42   / (deleted)\n"+loaded)
	require.EqualError(t, current(t.Context(), r, unit), unit+" uses a file that was replaced: /")
}

// broken is a machine on which apt fails, as with a damaged file of its configuration.
type broken struct{ hosttest.Machine }

func (b broken) Run(ctx context.Context, args ...string) (string, error) {
	if args[0] == "apt-get" {
		return "", errors.New("Extra junk at end of file")
	}
	return b.Machine.Run(ctx, args...)
}

// A damaged file does not keep verify from naming all other problems.
func TestUpdatesThatCannotBeListed(t *testing.T) {
	m := freshMachine(t)
	s := spectest.New(t).Spec(t, "laptop")
	requireConverges(t, m, s)
	overwrite(t, m, updatesPath, "junk")
	p := on(m)
	p.commands = func(string) host.Runner { return broken{m} }
	require.Equal(t, exitDiffers, p.run(t.Context(), []string{"verify", "-root", m.Root}))
	said := p.stdout.(*bytes.Buffer).String()
	require.Contains(t, said, "file "+updatesPath)
	require.Contains(t, said, "security updates cannot be listed: Extra junk at end of file")
}
