package step

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"tripvpn/bootstrap/host"
)

// systemdSysctl applies a single file, including globs: systemd-sysctl(8).
const systemdSysctl = "/usr/lib/systemd/systemd-sysctl"

// Sysctl is a file of sysctl.d(5), and the same settings in the kernel.
type Sysctl struct{ File File }

// Name is "sysctl " and the file's path.
func (s Sysctl) Name() string { return "sysctl " + s.File.Path }

// Check compares the file, and the kernel's values with it. It skips settings for all
// interfaces (with a glob), because an interface's manager may change them later, and
// settings that may fail (with a hyphen).
func (s Sysctl) Check(ctx context.Context, r host.Reader) (Change, error) {
	c, err := s.File.Check(ctx, r)
	if err != nil {
		return c, err
	}
	for line := range strings.Lines(s.File.Content) {
		key, want, ok := setting(line)
		if !ok {
			continue
		}
		got, err := r.ReadFile(filepath.Join("/proc/sys", strings.ReplaceAll(key, ".", "/")))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return c, fmt.Errorf("reading sysctl %q: %w", key, err)
		}
		value := strings.TrimSpace(string(got))
		c.add(value != want, fmt.Sprintf("%s is %q, not %q", key, value, want))
	}
	return c, nil
}

// Apply writes the file, and sets its values in the kernel.
func (s Sysctl) Apply(ctx context.Context, w host.Writer) error {
	if err := s.File.Apply(ctx, w); err != nil {
		return err
	}
	_, err := w.Run(ctx, systemdSysctl, s.File.Path)
	return err
}

// setting parses a line that sets a single key. It skips globs and settings that may
// fail.
func setting(line string) (key, value string, ok bool) {
	key, value, ok = strings.Cut(line, "=")
	key, value = strings.TrimSpace(key), strings.TrimSpace(value)
	return key, value, ok && !strings.ContainsAny(key, "#;*") && !strings.HasPrefix(key, "-")
}
