package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/bootstrap/host"
	"tripvpn/bootstrap/host/hosttest"
	"tripvpn/internal/controlchannel"
	"tripvpn/internal/spec"
	"tripvpn/internal/spec/spectest"
)

// on returns a program that runs on a simulated host.
func on(m hosttest.Machine) program {
	return program{
		stdin: new(bytes.Buffer), stdout: new(bytes.Buffer), stderr: new(bytes.Buffer),
		readyTimeout: 50 * time.Millisecond,
		now:          time.Now,
		commands:     func(string) host.Runner { return m },
		probe: func(_ context.Context, key controlchannel.Key, l spec.Listener) error {
			i := servingOn(m, l)
			data, err := os.ReadFile(filepath.Join(m.Root, i.file(controlChannelKeyFile)))
			if err != nil || string(data) != key.Text() || !m.Runs(i.unit()) {
				return errors.New("no answer")
			}
			return nil
		},
		ask:  func(context.Context, netip.Addr, netip.Addr) error { return nil },
		free: func(string) (uint64, error) { return leastSpace, nil },
	}
}

// servingOn returns the instance whose configuration has the listener's protocol and port.
func servingOn(m hosttest.Machine, l spec.Listener) instance {
	for _, other := range []spec.Listener{spectest.First, spectest.Second} {
		config, _ := os.ReadFile(filepath.Join(m.Root, instance{other.Instance}.config()))
		if strings.Contains(string(config), fmt.Sprintf("\nproto %s6\nport %d\n", l.Protocol, l.Port)) {
			return instance{other.Instance}
		}
	}
	return instance{"none"}
}

// freshMachine returns a new host in memory, if /dev/shm exists. On a disk, fsync would
// take most of the time, and no test depends on it.
func freshMachine(t *testing.T) hosttest.Machine {
	t.Helper()
	parent := os.TempDir()
	if memory, err := os.Stat("/dev/shm"); err == nil && memory.IsDir() {
		parent = "/dev/shm"
	}
	root, err := os.MkdirTemp(parent, "tripvpn-host-")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(root)) })
	m, err := hosttest.New(root)
	require.NoError(t, err)
	return m
}

// runOn runs a command on the machine with the spec on standard input.
func runOn(t *testing.T, m hosttest.Machine, s spec.Spec, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	data, err := s.Encode()
	require.NoError(t, err)
	p := on(m)
	p.stdin = bytes.NewReader(data)
	code = p.run(context.Background(), append(args, "-spec", "-", "-root", m.Root))
	return code, p.stdout.(*bytes.Buffer).String(), p.stderr.(*bytes.Buffer).String()
}

// requireConverges applies the spec, and requires that plan then finds no change.
func requireConverges(t *testing.T, m hosttest.Machine, s spec.Spec) {
	t.Helper()
	code, stdout, stderr := runOn(t, m, s, "apply")
	require.Equal(t, exitConverged, code, "%s%s", stdout, stderr)
	before := m.Text()
	code, stdout, stderr = runOn(t, m, s, "plan")
	require.Equal(t, exitConverged, code, "%s%s", stdout, stderr)
	require.Equal(t, before, m.Text(), "plan changed something")
	if s.Identity != nil {
		for _, l := range s.Listeners {
			require.True(t, m.Runs(instance{l.Instance}.unit()), "%s was started with other files", l.Instance)
		}
	}
}

// stateOf returns the state of a fresh machine to which the spec was applied.
func stateOf(t *testing.T, s spec.Spec) string {
	t.Helper()
	m := freshMachine(t)
	requireConverges(t, m, s)
	return m.Text()
}

var errKilled = errors.New("killed")

// mortal is a Writer that fails after a number of effects, as if the run were killed. A
// file that it is writing then is left partial.
type mortal struct {
	host.Writer
	left int
}

func (w *mortal) dies() bool { w.left--; return w.left < 0 }

func (w *mortal) WriteFile(path string, content []byte, mode fs.FileMode) error {
	if !w.dies() {
		return w.Writer.WriteFile(path, content, mode)
	}
	if w.left == -1 { // only the first failing call has an effect
		_ = w.Writer.WriteFile(host.TempPath(path), content[:len(content)/2], 0o600)
	}
	return errKilled
}

func (w *mortal) MakeDir(path string, mode fs.FileMode) error {
	if w.dies() {
		return errKilled
	}
	return w.Writer.MakeDir(path, mode)
}

func (w *mortal) Remove(path string) error {
	if w.dies() {
		return errKilled
	}
	return w.Writer.Remove(path)
}

func (w *mortal) Tell(ctx context.Context, socket, order string) (string, error) {
	if w.dies() {
		return "", errKilled
	}
	return w.Writer.Tell(ctx, socket, order)
}

func (w *mortal) Run(ctx context.Context, args ...string) (string, error) {
	if w.dies() {
		return "", errKilled
	}
	return w.Writer.Run(ctx, args...)
}

// applyUntilKilled applies the spec with a Writer that dies after n effects, and
// reports whether it died.
func applyUntilKilled(t *testing.T, m hosttest.Machine, s spec.Spec, n int) bool {
	t.Helper()
	w := &mortal{host.NewWriter(m.Root, m), n}
	_, err := on(m).converge(context.Background(), options{root: m.Root}, w, s)
	if err != nil {
		require.ErrorIs(t, err, errKilled)
	}
	return err != nil
}
