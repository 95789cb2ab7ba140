package step

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"tripvpn/bootstrap/host"
)

// Dir is a directory.
type Dir struct {
	Path string
	Mode fs.FileMode // permissions
}

// Name is "directory " and the path.
func (d Dir) Name() string { return "directory " + d.Path }

// Check compares type, owner and mode.
func (d Dir) Check(_ context.Context, r host.Reader) (c Change, err error) {
	info, err := r.Stat(d.Path)
	if errors.Is(err, fs.ErrNotExist) {
		c.add(true, "does not exist")
		return c, nil
	}
	if err != nil {
		return c, fmt.Errorf("checking directory %q: %w", d.Path, err)
	}
	if !info.Mode.IsDir() {
		return c, fmt.Errorf("checking directory %q: it is not a directory; move it away", d.Path)
	}
	c.compareAccess(info, d.Mode)
	return c, nil
}

// Apply makes the directory, and sets its owner and mode.
func (d Dir) Apply(_ context.Context, w host.Writer) error {
	return w.MakeDir(d.Path, d.Mode)
}

// compareAccess adds the differences of owner and mode.
func (c *Change) compareAccess(info host.Info, mode fs.FileMode) {
	c.add(info.Mode.Perm() != mode, fmt.Sprintf("mode is %04o, not %04o", info.Mode.Perm(), mode))
	c.add(!info.Ours, "owner is another user")
}
