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
	Secret  bool // differences show only hashes, as they do for all PEM
	// Record is the path of a Service's record, if the service reads this file only at
	// its start. Apply removes the record before it changes the file: the service then
	// needs a restart.
	Record string
}

// Name is "file " and the path.
func (f File) Name() string { return "file " + f.Path }

// Check compares type, owner, mode and content.
func (f File) Check(_ context.Context, r host.Reader) (c Change, err error) {
	info, err := r.Stat(f.Path)
	if errors.Is(err, fs.ErrNotExist) {
		c.add(true, "does not exist")
		return c, nil
	}
	if err != nil {
		return c, fmt.Errorf("checking file %q: %w", f.Path, err)
	}
	if info.Mode.IsDir() {
		return c, fmt.Errorf("checking file %q: it is a directory; move it away", f.Path)
	}
	if !info.Mode.IsRegular() {
		c.add(true, "is not a regular file")
		return c, nil
	}
	temp, err := host.Exists(r, host.TempPath(f.Path))
	if err != nil {
		return c, fmt.Errorf("checking file %q: %w", f.Path, err)
	}
	c.add(temp, "a run was cut off while writing it")
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

// hash returns the first 12 hex digits of the content's SHA-256.
func hash(content string) string {
	return fmt.Sprintf("%x", sha256.Sum256([]byte(content)))[:12]
}
