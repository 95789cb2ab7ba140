package command

import (
	"context"
	"fmt"
	"os"

	"github.com/pkg/sftp"
)

// copy sends the source to the host, and overwrites an existing file.
func (a CopyArgs) copy(ctx context.Context) error {
	local, err := os.Open(a.Source.Asset.Path)
	if err != nil {
		return err
	}
	defer local.Close()
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
	remote, err := session.Create(a.RemotePath)
	if err != nil {
		return fmt.Errorf("creating remote file %q, which must be in a directory that exists: %w", a.RemotePath, err)
	}
	if _, err = remote.ReadFrom(local); err == nil {
		err = remote.Close()
	}
	if err != nil {
		_ = remote.Close()
		return fmt.Errorf("writing remote file %q: %w", a.RemotePath, err)
	}
	return nil
}
