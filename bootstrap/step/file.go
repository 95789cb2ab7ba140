package step

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"tripvpn/bootstrap/host"
)

// File is a regular file.
type File struct {
	Path    string
	Mode    fs.FileMode // permissions
	Content string
	Secret  bool // differences show hashes alone, as those of all PEM do
	// Record is the path of a Service's record, if the service reads this file
	// when it starts. It is removed before the file changes: the service then
	// counts as running with something else, until it was restarted.
	Record string
}

// Name is the file's path.
func (f File) Name() string { return "file " + f.Path }

// Check compares type, owner, mode and content.
func (f File) Check(_ context.Context, r host.Reader) (c Change, err error) {
	info, err := r.Stat(f.Path)
	if errors.Is(err, fs.ErrNotExist) {
		c.add(true, "does not exist")
		return c, nil
	}
	if err != nil {
		return c, fmt.Errorf("looking at file %q: %w", f.Path, err)
	}
	if info.Mode.IsDir() {
		return c, fmt.Errorf("looking at file %q: a directory stands there; move it away", f.Path)
	}
	if !info.Mode.IsRegular() {
		c.add(true, "is not a regular file")
		return c, nil
	}
	unfinished, err := host.Exists(r, host.TempPath(f.Path))
	if err != nil {
		return c, fmt.Errorf("looking at file %q: %w", f.Path, err)
	}
	c.add(unfinished, "was being written when a run was cut off")
	c.compareAccess(info, f.Mode)
	return c, f.compareContent(r, &c)
}

func (f File) compareContent(r host.Reader, c *Change) error {
	content, err := r.ReadFile(f.Path)
	if err != nil {
		return fmt.Errorf("reading file %q: %w", f.Path, err)
	}
	if string(content) == f.Content {
		return nil
	}
	if f.Secret || strings.Contains(string(content)+f.Content, "-----BEGIN ") {
		c.add(true, fmt.Sprintf("content differs: SHA-256 is %s, not %s", hash(string(content)), hash(f.Content)))
		return nil
	}
	c.add(true, "content differs")
	c.Diff = diff(string(content), f.Content)
	return nil
}

// Apply writes the file.
func (f File) Apply(_ context.Context, w host.Writer) error {
	if f.Record != "" {
		if err := w.Remove(f.Record); err != nil {
			return err
		}
	}
	return w.WriteFile(f.Path, []byte(f.Content), f.Mode)
}

// hash is enough of a SHA-256 to tell two contents apart.
func hash(content string) string {
	return fmt.Sprintf("%x", sha256.Sum256([]byte(content)))[:12]
}
