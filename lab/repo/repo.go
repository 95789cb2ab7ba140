// Package repo finds the checkout that the lab runs, and where the lab may
// keep what it does not want to build twice.
package repo

import (
	"fmt"
	"os"
	"path/filepath"
)

// Root returns the folder of the checkout: the nearest one, from the working
// directory upwards, that holds Pulumi.yaml.
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

// Cache returns the lab's folder in the user's cache, XDG_CACHE_HOME or
// ~/.cache.
func Cache() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding the cache folder: %w", err)
	}
	return filepath.Join(cache, "tripvpn-lab"), nil
}
