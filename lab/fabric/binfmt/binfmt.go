// Package binfmt has the kernel run programs of another architecture, for as long as
// an image of it is built (Linux' admin-guide/binfmt-misc).
package binfmt

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"tripvpn/lab/fabric/command"
)

const folder = "/proc/sys/fs/binfmt_misc"

// entry is the lab's own, beside those that a distribution may have made.
const entry = "tripvpn-lab"

// foreign is how programs of an architecture are recognized, and what runs them.
type foreign struct {
	emulator    string // statically linked, so that it runs in a tree of the architecture
	magic, mask string // of an ELF header
}

var architectures = map[string]foreign{
	"arm64": {
		emulator: "qemu-aarch64-static",
		magic:    `\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00`,
		mask:     `\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff`,
	},
	"amd64": {
		emulator: "qemu-x86_64-static",
		magic:    `\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x3e\x00`,
		mask:     `\xff\xff\xff\xff\xff\xfe\xfe\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff`,
	},
}

// Register has programs of an architecture run, until remove is called. There can be
// one architecture at a time.
func Register(ctx context.Context, architecture string) (remove func() error, err error) {
	a, known := architectures[architecture]
	if !known {
		return nil, fmt.Errorf("registering an emulator: there is none for architecture %q", architecture)
	}
	path, err := exec.LookPath(a.emulator)
	if err != nil {
		return nil, fmt.Errorf("registering an emulator: %w; lab/prepare installs it", err)
	}
	unmount, err := mount(ctx)
	if err != nil {
		return nil, err
	}
	remove = func() error { return errors.Join(Remove(), unmount()) }
	// With F the kernel opens the emulator now, outside the tree that it is needed in.
	line := fmt.Sprintf(":%s:M::%s:%s:%s:F", entry, a.magic, a.mask, path)
	if err := errors.Join(Remove(), write("register", line)); err != nil {
		return nil, errors.Join(fmt.Errorf("registering an emulator: %w", err), remove())
	}
	return remove, nil
}

// Remove removes what Register has made. Without it, it does nothing.
func Remove() error {
	err := write(entry, "-1")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing an emulator: %w", err)
	}
	return nil
}

// write does not ask for a new file, as os.WriteFile does: the kernel would refuse.
func write(name, text string) error {
	file, err := os.OpenFile(filepath.Join(folder, name), os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	return errors.Join(err, file.Close())
}

// mount mounts the kernel's interface where a computer does not have it.
func mount(ctx context.Context) (unmount func() error, err error) {
	if _, err := os.Stat(filepath.Join(folder, "register")); err == nil {
		return func() error { return nil }, nil
	}
	if _, err := command.Run(ctx, nil, "mount", "-t", "binfmt_misc", "binfmt_misc", folder); err != nil {
		return nil, err
	}
	return func() error {
		_, err := command.Run(context.WithoutCancel(ctx), nil, "umount", folder)
		return err
	}, nil
}
