package step

import (
	"context"
	"fmt"

	"tripvpn/bootstrap/host"
)

// TmpFiles is a file of tmpfiles.d(5), and paths where it has put something other than a
// regular file.
type TmpFiles struct {
	File    File
	NoFiles []string // paths
}

// Name is "tmpfiles " and the file's path.
func (t TmpFiles) Name() string { return "tmpfiles " + t.File.Path }

// Check compares the file, and looks for regular files at the paths, and for paths where
// there is nothing, at which another program could make one.
func (t TmpFiles) Check(ctx context.Context, r host.Reader) (Change, error) {
	c, err := t.File.Check(ctx, r)
	if err != nil {
		return c, err
	}
	for _, path := range t.NoFiles {
		found, err := host.Exists(r, path)
		if err != nil {
			return c, fmt.Errorf("checking %q: %w", path, err)
		}
		if !found {
			c.add(true, path+" can be made")
			continue
		}
		info, err := r.Stat(path)
		if err != nil {
			return c, fmt.Errorf("checking %q: %w", path, err)
		}
		c.add(info.Mode.IsRegular(), path+" is a file")
	}
	return c, nil
}

// Apply writes the file, and makes systemd carry it out.
func (t TmpFiles) Apply(ctx context.Context, w host.Writer) error {
	if err := t.File.Apply(ctx, w); err != nil {
		return err
	}
	_, err := w.Run(ctx, "systemd-tmpfiles", "--create", "--remove", t.File.Path)
	return err
}
