package step

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"tripvpn/bootstrap/host"
)

// EmptyDir is a directory without entries, or none at all.
type EmptyDir struct{ Path string }

// Name is "nothing in " and the path.
func (e EmptyDir) Name() string { return "nothing in " + e.Path }

// Check looks for entries.
func (e EmptyDir) Check(_ context.Context, r host.Reader) (c Change, err error) {
	entries, err := r.ReadDir(e.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return c, fmt.Errorf("reading directory %q: %w", e.Path, err)
	}
	c.add(len(entries) > 0, fmt.Sprintf("has %d entries", len(entries)))
	return c, nil
}

// Apply deletes the entries, with all below them.
func (e EmptyDir) Apply(ctx context.Context, w host.Writer) error {
	_, err := w.Run(ctx, "find", e.Path, "-mindepth", "1", "-delete")
	return err
}
