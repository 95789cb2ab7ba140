// Package leftovers looks for things that a lab must not leave on the machine. It
// shares nothing with the code that cleans up, so that neither can hide the
// other's mistake, and it removes nothing.
package leftovers

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Marks of what belongs to a lab: the prefix of its namespaces, and a part of
// the path of its folders and control groups.
const (
	namespacePrefix = "tvl-"
	folderPart      = "/tripvpn-lab"
)

// Find lists namespaces, mounts, folders, control groups, processes and emulators of a
// lab. It is meant for when no lab runs.
func Find(ctx context.Context) ([]string, error) {
	var found []string
	for _, look := range []func(context.Context) ([]string, error){namespaces, mounts, folders, groups, processes, emulators} {
		some, err := look(ctx)
		if err != nil {
			return nil, fmt.Errorf("looking for what a lab left: %w", err)
		}
		found = append(found, some...)
	}
	return found, nil
}

func namespaces(ctx context.Context) ([]string, error) {
	output, err := exec.CommandContext(ctx, "ip", "netns", "list").Output()
	if err != nil {
		return nil, fmt.Errorf("listing network namespaces: %w", err)
	}
	return linesWith("namespace ", string(output), namespacePrefix), nil
}

func mounts(context.Context) ([]string, error) {
	text, err := os.ReadFile("/proc/self/mountinfo")
	return append(linesWith("mount ", string(text), folderPart), linesWith("mount ", string(text), "/"+namespacePrefix)...), err
}

// folders exist only as long as a lab. Its caches are elsewhere.
func folders(context.Context) ([]string, error) {
	var found []string
	for _, folder := range []string{"/run" + folderPart, "/var/lib" + folderPart} {
		err := filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
			if err == nil && !entry.IsDir() && entry.Name() != "lock" {
				found = append(found, "file "+path)
			}
			return ignoreMissing(err)
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

func groups(context.Context) ([]string, error) {
	var found []string
	for _, pattern := range []string{"/sys/fs/cgroup" + folderPart, "/sys/fs/cgroup/*" + folderPart} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			return nil, err
		}
		for _, path := range paths {
			found = append(found, "control group "+path)
		}
	}
	return found, nil
}

// processes are those that name the lab's folders or namespaces.
func processes(context.Context) ([]string, error) {
	paths, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		return nil, err
	}
	var found []string
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err := ignoreMissing(err); err != nil {
			return nil, err
		}
		line := strings.ReplaceAll(string(text), "\x00", " ")
		if strings.Contains(line, "/run"+folderPart) || strings.Contains(line, "/lib"+folderPart) || strings.Contains(line, "/"+namespacePrefix) {
			found = append(found, "process "+path+" "+line)
		}
	}
	return found, nil
}

// emulators are registered with the kernel to run programs of another architecture.
func emulators(context.Context) ([]string, error) {
	paths, err := filepath.Glob("/proc/sys/fs/binfmt_misc/tripvpn-lab*")
	var found []string
	for _, path := range paths {
		found = append(found, "emulator "+path)
	}
	return found, err
}

func linesWith(kind, text, part string) []string {
	var found []string
	for line := range strings.Lines(text) {
		if strings.Contains(line, part) {
			found = append(found, kind+strings.TrimSpace(line))
		}
	}
	return found
}

// ignoreMissing ignores entries that vanished before they could be read: a process that
// ended (which reads as ESRCH), a folder that was never made.
func ignoreMissing(err error) error {
	if os.IsNotExist(err) || strings.Contains(fmt.Sprint(err), "no such process") {
		return nil
	}
	return err
}
