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

// systemdSysctl applies one file alone, globs included: systemd-sysctl(8).
const systemdSysctl = "/usr/lib/systemd/systemd-sysctl"

// Sysctl is a file of sysctl.d(5), and the same settings in the kernel.
type Sysctl struct{ File File }

// Name is the file's path.
func (s Sysctl) Name() string { return "sysctl " + s.File.Path }

// Check compares the file, and what the kernel has with it. A setting for
// whatever interface there is (with a glob) is not compared: whoever manages
// an interface may rule over it later. Nor is one that may fail (with a hyphen).
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

// Apply writes the file and makes it the kernel's.
func (s Sysctl) Apply(ctx context.Context, w host.Writer) error {
	if err := s.File.Apply(ctx, w); err != nil {
		return err
	}
	_, err := w.Run(ctx, systemdSysctl, s.File.Path)
	return err
}

// setting reads a line that has one value for one key.
func setting(line string) (key, value string, ok bool) {
	key, value, ok = strings.Cut(line, "=")
	key, value = strings.TrimSpace(key), strings.TrimSpace(value)
	return key, value, ok && !strings.ContainsAny(key, "#;*") && !strings.HasPrefix(key, "-")
}
