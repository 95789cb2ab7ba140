package machine

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"tripvpn/lab/fabric/command"
)

// load is the boot loader of a virtual machine. As GRUB does with Debian's settings, it
// takes the newest kernel on the disk, so an update of the kernel is in use after a reboot.
// Like GRUB, debugfs(8) reads the file system without its journal, and so without the
// bitmaps, which do not match after a power cut (-c).
func (v virtual) load(ctx context.Context) (kernel, initrd string, err error) {
	list, err := v.debugfs(ctx, "ls -p /boot")
	if err != nil {
		return "", "", fmt.Errorf("looking for kernels: %w", err)
	}
	release := newestKernel(list)
	if release == "" {
		return "", "", fmt.Errorf("looking for kernels in %q: there is none with an initrd", v.file())
	}
	kernel, initrd = filepath.Join(v.disk.folder, "vmlinuz"), filepath.Join(v.disk.folder, "initrd.img")
	for source, target := range map[string]string{"vmlinuz-" + release: kernel, "initrd.img-" + release: initrd} {
		if _, err := v.debugfs(ctx, fmt.Sprintf("dump /boot/%s %s", source, target)); err != nil {
			return "", "", fmt.Errorf("loading %q: %w", source, err)
		}
	}
	return kernel, initrd, nil
}

func (v virtual) debugfs(ctx context.Context, request string) (string, error) {
	return command.Run(ctx, nil, "debugfs", "-c", "-R", request, v.file())
}

// entry matches a file in the output of debugfs: /INODE/MODE/UID/GID/NAME/SIZE/.
var entry = regexp.MustCompile(`(?m)^/\d+/100\d{3}/\d+/\d+/(vmlinuz|initrd\.img)-([^/]+)/\d+/$`)

// newestKernel returns the highest release of which a folder has both files, or "".
func newestKernel(list string) string {
	files := map[string]int{}
	for _, found := range entry.FindAllStringSubmatch(list, -1) {
		files[found[2]]++
	}
	newest := ""
	for release, count := range files {
		if count == 2 && (newest == "" || slices.Compare(version(release), version(newest)) > 0) {
			newest = release
		}
	}
	return newest
}

// version is the numbers of a release: 6, 12, 57 of "6.12.57+deb13-cloud-amd64".
func version(release string) (numbers []int) {
	upstream, _, _ := strings.Cut(release, "+")
	for _, digits := range strings.FieldsFunc(upstream, func(r rune) bool { return r < '0' || r > '9' }) {
		number, _ := strconv.Atoi(digits)
		numbers = append(numbers, number)
	}
	return numbers
}
