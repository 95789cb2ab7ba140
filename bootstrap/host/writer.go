package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

type writer struct{ reader }

// TempPath is the path at which WriteFile writes a file before it renames it to path.
// It is always the same, so that the next run replaces a file that a killed run left.
func TempPath(path string) string {
	return filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".tripvpn-new")
}

// WriteFile works in an order that survives a crash: create a file of mode 0600 in the
// same directory, write the content, set the mode, sync the file, rename it, sync the
// directory.
func (w writer) WriteFile(path string, content []byte, mode fs.FileMode) error {
	final, temp := w.path(path), w.path(TempPath(path))
	if err := w.Remove(TempPath(path)); err != nil {
		return err
	}
	if err := writeThrough(temp, content, mode); err != nil {
		return fmt.Errorf("writing %q: %w", path, err)
	}
	if err := os.Rename(temp, final); err != nil {
		return fmt.Errorf("writing %q: %w", path, err)
	}
	if err := syncDir(filepath.Dir(final)); err != nil {
		return fmt.Errorf("writing %q: %w", path, err)
	}
	return nil
}

// writeThrough creates a file and syncs it to disk.
func writeThrough(path string, content []byte, mode fs.FileMode) (err error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if _, err := file.Write(content); err != nil {
		return err
	}
	if err := file.Chmod(mode); err != nil {
		return err
	}
	return file.Sync()
}

// syncDir writes a directory's entries to disk.
func syncDir(path string) (err error) {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	return dir.Sync()
}

func (w writer) MakeDir(path string, mode fs.FileMode) error {
	if err := os.MkdirAll(w.path(path), 0o755); err != nil {
		return fmt.Errorf("making directory %q: %w", path, err)
	}
	if err := os.Chmod(w.path(path), mode); err != nil {
		return fmt.Errorf("making directory %q: %w", path, err)
	}
	if err := os.Lchown(w.path(path), os.Geteuid(), os.Getegid()); err != nil {
		return fmt.Errorf("making directory %q: %w", path, err)
	}
	return nil
}

func (w writer) Remove(path string) error {
	if err := os.Remove(w.path(path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing %q: %w", path, err)
	}
	return nil
}

func (w writer) Tell(ctx context.Context, socket, order string) (string, error) {
	return w.runner.Talk(ctx, socket, order)
}

func (w writer) Run(ctx context.Context, args ...string) (string, error) {
	return w.runner.Run(ctx, args...)
}
