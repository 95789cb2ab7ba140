package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// lockPath is on a tmpfs, so the file does not survive a reboot.
const lockPath = "/run/tripvpn-bootstrap.lock"

// Lock prevents two runs from changing the host at the same time. It waits for another
// run until the context is done, and returns a function that releases the lock. The
// kernel releases the lock of a process that dies.
func Lock(ctx context.Context, root string) (release func() error, err error) {
	path := filepath.Join(root, lockPath)
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening lock: %w", err)
	}
	for {
		err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return file.Close, nil
		}
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return nil, errors.Join(fmt.Errorf("locking %q: %w", path, err), file.Close())
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(fmt.Errorf("locking %q: another run holds the lock; wait for it to end, and try again", path), file.Close())
		case <-time.After(50 * time.Millisecond):
		}
	}
}
