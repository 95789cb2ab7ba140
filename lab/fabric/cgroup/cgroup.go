// Package cgroup keeps the lab's processes in control groups of their own, so
// that all of them, and no others, can be ended at once, even if the
// process that started them is gone (cgroups(7); Linux' admin-guide/cgroup-v2,
// cgroup.kill). It sets no limits.
package cgroup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tripvpn/lab/poll"
)

// Group is a control group, made in the cgroup2 hierarchy, and also in
// systemd's own where a machine still has that (a "hybrid" one): systemd in a
// container puts its groups below the one it was started in, in both.
type Group struct {
	folders []string // the one of cgroup2 first
}

// Open names the group at path, "a/b", below the hierarchies' roots. It makes
// nothing.
func Open(path string) (Group, error) {
	table, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return Group{}, fmt.Errorf("looking for control groups: %w", err)
	}
	roots := hierarchies(string(table))
	if len(roots) == 0 {
		return Group{}, errors.New("looking for control groups: no cgroup2 file system is mounted")
	}
	g := Group{}
	for _, root := range roots {
		g.folders = append(g.folders, filepath.Join(root, path))
	}
	return g, nil
}

// hierarchies finds mount points in the text of /proc/PID/mountinfo
// (proc_pid_mountinfo(5)): that of cgroup2, then systemd's named one.
func hierarchies(mountinfo string) []string {
	var unified, named []string
	for line := range strings.Lines(mountinfo) {
		before, after, found := strings.Cut(line, " - ")
		fields, kind := strings.Fields(before), strings.Fields(after)
		if !found || len(fields) < 5 || len(kind) < 3 {
			continue
		}
		switch {
		case kind[0] == "cgroup2":
			unified = append(unified, fields[4])
		case kind[0] == "cgroup" && slices.Contains(strings.Split(kind[2], ","), "name=systemd"):
			named = append(named, fields[4])
		}
	}
	if len(unified) == 0 {
		return nil
	}
	return append(unified[:1], named...)
}

// Make makes the group and those above it.
func (g Group) Make() error {
	for _, folder := range g.folders {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return fmt.Errorf("making a control group: %w", err)
		}
	}
	return nil
}

// Unified is the group's folder in the cgroup2 hierarchy.
func (g Group) Unified() string { return g.folders[0] }

// Members are the files that a process writes "0" to in order to join.
func (g Group) Members() []string {
	var files []string
	for _, folder := range g.folders {
		files = append(files, filepath.Join(folder, "cgroup.procs"))
	}
	return files
}

// End kills every process in the group and below it, waits until they are
// gone, and removes the group. A group that does not exist is not an error.
func (g Group) End(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := g.kill(ctx); err != nil {
		return fmt.Errorf("ending control group %q: %w", g.Unified(), err)
	}
	for _, folder := range g.folders {
		if err := removeTree(ctx, folder); err != nil {
			return fmt.Errorf("removing control group %q: %w", folder, err)
		}
	}
	return nil
}

func (g Group) kill(ctx context.Context) error {
	err := os.WriteFile(filepath.Join(g.Unified(), "cgroup.kill"), []byte("1"), 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return poll.Until(ctx, pause, func() (bool, error) {
		events, err := os.ReadFile(filepath.Join(g.Unified(), "cgroup.events"))
		return strings.Contains(string(events), "populated 0"), err
	})
}

// removeTree removes a folder and those in it, deepest first. The kernel says
// "busy" for a moment after the last process is gone.
func removeTree(ctx context.Context, folder string) error {
	var folders []string
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			folders = append(folders, path)
		}
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, path := range slices.Backward(folders) {
		err := poll.Until(ctx, pause, func() (bool, error) {
			err := os.Remove(path)
			return err == nil || errors.Is(err, fs.ErrNotExist), nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

const (
	patience = 20 * time.Second // for a whole group to end
	pause    = 5 * time.Millisecond
)
