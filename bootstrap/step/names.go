package step

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"tripvpn/bootstrap/host"
)

// Names is a directory that holds an empty file for each name, and nothing
// else. What else stands in it is removed.
type Names struct {
	Dir   Dir
	Names []string
	Mode  fs.FileMode // permissions of each file
}

// Name is the directory's path.
func (n Names) Name() string { return "names in " + n.Dir.Path }

// Check compares the directory, and the names in it.
func (n Names) Check(ctx context.Context, r host.Reader) (Change, error) {
	c, err := n.Dir.Check(ctx, r)
	if err != nil {
		return c, err
	}
	missing, surplus, err := n.compare(ctx, r)
	if err != nil {
		return c, err
	}
	for _, name := range missing {
		c.add(true, fmt.Sprintf("%q is missing", name))
	}
	for _, name := range surplus {
		c.add(true, fmt.Sprintf("%q does not belong there", name))
	}
	return c, nil
}

// Apply removes what does not belong there, before it adds what is missing.
func (n Names) Apply(ctx context.Context, w host.Writer, _ Change) error {
	if err := n.Dir.Apply(ctx, w, Change{}); err != nil {
		return err
	}
	missing, surplus, err := n.compare(ctx, w)
	if err != nil {
		return err
	}
	for _, name := range surplus {
		if err := w.Remove(filepath.Join(n.Dir.Path, name)); err != nil {
			return err
		}
	}
	for _, name := range missing {
		if err := n.file(name).Apply(ctx, w, Change{}); err != nil {
			return err
		}
	}
	return nil
}

// compare returns the names whose files are missing or wrong, and the names
// of what does not belong there.
func (n Names) compare(ctx context.Context, r host.Reader) (missing, surplus []string, err error) {
	found, err := r.ReadDir(n.Dir.Path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("reading directory %q: %w", n.Dir.Path, err)
	}
	for _, name := range n.Names {
		c, err := n.file(name).Check(ctx, r)
		if err != nil {
			return nil, nil, err
		}
		if !c.None() {
			missing = append(missing, name)
		}
	}
	for _, name := range found {
		if !slices.Contains(n.Names, name) {
			surplus = append(surplus, name)
		}
	}
	return missing, surplus, nil
}

func (n Names) file(name string) File {
	return File{Path: filepath.Join(n.Dir.Path, name), Mode: n.Mode}
}
