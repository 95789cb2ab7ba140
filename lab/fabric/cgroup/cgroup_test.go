package cgroup

import (
	"context"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/testenv"
)

func TestHierarchies(t *testing.T) {
	const (
		unified = "30 20 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
		hybrid  = "31 20 0:27 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
		systemd = "32 20 0:28 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n"
		memory  = "33 20 0:29 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
	)
	for name, c := range map[string]struct {
		table string
		want  []string
	}{
		"unified":     {unified, []string{"/sys/fs/cgroup"}},
		"hybrid":      {systemd + memory + hybrid, []string{"/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd"}},
		"legacy only": {systemd + memory, nil},
		"nothing":     {"", nil},
		"cut short":   {"30 20 0:26 / /sys", nil},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.want, hierarchies(c.table)) })
	}
}

func TestEndKillsWhatIsBelowAndNothingElse(t *testing.T) {
	testenv.RequireRoot(t)
	ctx := context.Background()
	outer, err := Open("tripvpn-lab-test")
	require.NoError(t, err)
	inner, err := Open("tripvpn-lab-test/inner")
	require.NoError(t, err)
	require.NoError(t, inner.Make())
	t.Cleanup(func() { require.NoError(t, outer.End(ctx)) })

	inside, bystander := exec.Command("sleep", "60"), exec.Command("sleep", "60")
	require.NoError(t, inside.Start())
	require.NoError(t, bystander.Start())
	t.Cleanup(func() { bystander.Process.Kill(); bystander.Wait() })
	for _, file := range inner.Members() {
		require.NoError(t, os.WriteFile(file, []byte(strconv.Itoa(inside.Process.Pid)), 0))
	}
	ended := make(chan error, 1)
	go func() { ended <- inside.Wait() }()

	require.NoError(t, outer.End(ctx))
	require.EqualError(t, <-ended, "signal: killed")
	require.NoError(t, bystander.Process.Signal(syscall.Signal(0)), "the bystander lives")
	require.NoDirExists(t, outer.Unified())
	require.NoError(t, outer.End(ctx), "ending twice")
}
