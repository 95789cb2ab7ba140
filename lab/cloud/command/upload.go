package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/pkg/sftp"
)

// upload is an SFTP session to copy files with.
type upload struct{ *sftp.Client }

// copy sends the source to the host.
func (a CopyArgs) copy(ctx context.Context) error {
	client, err := a.Connection.dial(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	session, err := sftp.NewClient(client, sftp.UseConcurrentWrites(true))
	if err != nil {
		return fmt.Errorf("opening an SFTP session: %w", err)
	}
	defer session.Close()
	to := upload{session}
	switch {
	case a.Source.Archive != nil:
		return to.path(a.Source.Archive.Path, a.RemotePath)
	case a.Source.Asset.IsText():
		return to.text(a.Source.Asset.Text, a.RemotePath)
	default:
		return to.path(a.Source.Asset.Path, a.RemotePath)
	}
}

// path copies a local file or directory.
func (u upload) path(source, target string) error {
	info, err := os.Stat(source)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return u.directory(source, target)
	}
	isDir, err := u.isDirectory(target)
	if err != nil {
		return err
	}
	if isDir {
		target = path.Join(target, filepath.Base(source))
	}
	return u.file(source, target)
}

// directory copies a directory into the target, or, if the source ends in a
// slash, its content.
func (u upload) directory(source, target string) error {
	if !strings.HasSuffix(source, "/") {
		target = path.Join(target, filepath.Base(source))
	}
	local := os.DirFS(source)
	return fs.WalkDir(local, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return u.makeDirectory(path.Join(target, name))
		}
		return u.file(filepath.Join(source, name), path.Join(target, name))
	})
}

// text writes a file; there is no name for one inside a directory.
func (u upload) text(content, target string) error {
	isDir, err := u.isDirectory(target)
	if err != nil {
		return err
	}
	if isDir {
		return fmt.Errorf("remote path %s is a directory; when using a text asset, remotePath must be a file path", target)
	}
	return u.write(strings.NewReader(content), target)
}

func (u upload) file(source, target string) error {
	local, err := os.Open(source)
	if err != nil {
		return err
	}
	defer local.Close()
	return u.write(local, target)
}

// write writes a file, over one that is there, with the directories above it.
func (u upload) write(content io.Reader, target string) error {
	if err := u.makeDirectory(path.Dir(target)); err != nil {
		return err
	}
	remote, err := u.Create(target)
	if err != nil {
		return fmt.Errorf("creating remote file %q: %w", target, err)
	}
	if _, err = remote.ReadFrom(content); err == nil {
		err = remote.Close()
	}
	if err != nil {
		_ = remote.Close()
		return fmt.Errorf("writing remote file %q: %w", target, err)
	}
	return nil
}

func (u upload) makeDirectory(target string) error {
	if err := u.MkdirAll(target); err != nil {
		return fmt.Errorf("creating remote directory %q: %w", target, err)
	}
	return nil
}

// isDirectory reports whether a directory is at a remote path.
func (u upload) isDirectory(target string) (bool, error) {
	info, err := u.Stat(target)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("looking at remote path %q: %w", target, err)
	}
	return info.IsDir(), nil
}
