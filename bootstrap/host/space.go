package host

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// Free returns the bytes that are free for every user in the file system of a path:
// statfs(2).
func Free(path string) (uint64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(path, &s); err != nil {
		return 0, fmt.Errorf("asking for the free space of %q: %w", path, err)
	}
	return s.Bavail * uint64(s.Bsize), nil
}
