package step

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"tripvpn/bootstrap/host"
)

// DirEntries is a directory that contains only these files. Apply removes other entries.
type DirEntries struct {
	Dir   Dir
	Files []File // each directly in Dir
}

// Name is "entries of " and the directory's path.
func (d DirEntries) Name() string { return "entries of " + d.Dir.Path }

// Check compares the directory and its files. It reports no content.
func (d DirEntries) Check(ctx context.Context, r host.Reader) (Change, error) {
	c, err := d.Dir.Check(ctx, r)
	if err != nil {
		return c, err
	}
	for _, file := range d.Files {
		difference, err := file.Check(ctx, r)
		if err != nil {
			return c, err
		}
		c.add(!difference.None(), fmt.Sprintf("%q: %s", filepath.Base(file.Path), strings.Join(difference.Reasons, ", ")))
	}
	surplus, err := d.surplus(r)
	for _, name := range surplus {
		c.add(true, fmt.Sprintf("%q does not belong there", name))
	}
	return c, err
}

// Apply removes surplus entries before it writes files.
func (d DirEntries) Apply(ctx context.Context, w host.Writer) error {
	if err := d.Dir.Apply(ctx, w); err != nil {
		return err
	}
	surplus, err := d.surplus(w)
	if err != nil {
		return err
	}
	for _, name := range surplus {
		if err := w.Remove(filepath.Join(d.Dir.Path, name)); err != nil {
			return err
		}
	}
	for _, file := range d.Files {
		c, err := file.Check(ctx, w)
		if err != nil {
			return err
		}
		if c.None() {
			continue
		}
		if err := file.Apply(ctx, w); err != nil {
			return err
		}
	}
	return nil
}

// surplus are the names of entries that are not among the files.
func (d DirEntries) surplus(r host.Reader) ([]string, error) {
	found, err := r.ReadDir(d.Dir.Path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("reading directory %q: %w", d.Dir.Path, err)
	}
	return slices.DeleteFunc(found, func(name string) bool {
		return slices.ContainsFunc(d.Files, func(f File) bool { return filepath.Base(f.Path) == name })
	}), nil
}
