package main

import "fmt"

// leastSpace is the free space that an update of the kernel takes, in bytes.
const leastSpace = 200 << 20

// lowSpace returns a problem if the disk has no space for updates. Like pending updates,
// verify reports it, and apply does not. Devices connect also when the disk is full.
func (p program) lowSpace(root string) []problem {
	var found problems
	free, err := p.free(root)
	if err == nil && free < leastSpace {
		err = fmt.Errorf("%d MB are free, and updates need %d MB", free>>20, leastSpace>>20)
	}
	found.check(err, "the disk has no space for updates", "run: sudo apt-get clean; if that is not enough, find large files with: sudo du -xah / | sort -h | tail -n 30")
	return found
}
