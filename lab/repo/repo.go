// Package repo finds the checkout that the lab runs, and the cache of things
// that are built once.
package repo

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Root returns the checkout's folder: the nearest one that holds Pulumi.yaml,
// from the working directory upwards.
func Root() (string, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("finding the checkout: %w", err)
	}
	for folder := start; ; folder = filepath.Dir(folder) {
		if _, err := os.Stat(filepath.Join(folder, "Pulumi.yaml")); err == nil {
			return folder, nil
		}
		if folder == filepath.Dir(folder) {
			return "", fmt.Errorf("finding the checkout: no Pulumi.yaml in %q or above it; run the lab inside the checkout", start)
		}
	}
}

// Cache returns the lab's folder below XDG_CACHE_HOME or ~/.cache.
func Cache() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding the lab's cache: %w; set XDG_CACHE_HOME", err)
	}
	return filepath.Join(cache, "tripvpn-lab"), nil
}

// Lock makes a folder and locks it until unlock is called or this process ends.
// It waits for the current holder.
func Lock(folder string) (unlock func() error, err error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("locking %q: %w", folder, err)
	}
	file, err := os.OpenFile(filepath.Join(folder, "lock"), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("locking %q: %w", folder, err)
	}
	for {
		err := unix.Flock(int(file.Fd()), unix.LOCK_EX)
		if err == nil {
			return file.Close, nil
		}
		if !errors.Is(err, unix.EINTR) {
			_ = file.Close()
			return nil, fmt.Errorf("locking %q: %w", folder, err)
		}
	}
}
