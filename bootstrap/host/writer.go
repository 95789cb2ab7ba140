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

// Unfinished is the name under which a file is written before it takes its
// place. It is always the same, so that the next run replaces what a killed
// one left behind.
func Unfinished(path string) string {
	return filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".tripvpn-new")
}

// WriteFile goes by the order that survives a crash: a file of mode 0600 in
// the same directory, its content, its mode, its content on disk, its name,
// the name on disk.
func (w writer) WriteFile(path string, content []byte, mode fs.FileMode) error {
	final, unfinished := w.path(path), w.path(Unfinished(path))
	if err := w.Remove(Unfinished(path)); err != nil {
		return err
	}
	if err := writeThrough(unfinished, content, mode); err != nil {
		return fmt.Errorf("writing %q: %w", path, err)
	}
	if err := os.Rename(unfinished, final); err != nil {
		return fmt.Errorf("writing %q: %w", path, err)
	}
	if err := syncDir(filepath.Dir(final)); err != nil {
		return fmt.Errorf("writing %q: %w", path, err)
	}
	return nil
}

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
