// Package netns makes, removes and enters named network namespaces, the way
// ip-netns(8) keeps them: files under /run/netns. It does not know the
// purpose of the namespaces.
package netns

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"

	"tripvpn/lab/fabric/command"
)

const folder = "/run/netns"

// Path is the file of a namespace.
func Path(name string) string { return filepath.Join(folder, name) }

// Add makes a namespace with its loopback device up. Parameters that
// a new namespace inherits from the machine (net.core.devconf_inherit_init_net)
// are reset to the kernel's defaults.
func Add(ctx context.Context, name string) error {
	if _, err := command.Run(ctx, nil, "ip", "netns", "add", name); err != nil {
		return err
	}
	return errors.Join(
		Sysctl(name, "net.ipv4.conf.all.forwarding", "0"),
		Sysctl(name, "net.ipv4.conf.default.forwarding", "0"),
		Sysctl(name, "net.ipv6.conf.all.forwarding", "0"),
		// Without duplicate address detection, an address works at once.
		Sysctl(name, "net.ipv6.conf.default.accept_dad", "0"),
		Sysctl(name, "net.ipv6.conf.default.accept_ra", "0"),
		IP(ctx, name, "link set lo up"),
	)
}

// Delete removes a namespace. One that does not exist is not an error.
func Delete(ctx context.Context, name string) error {
	if !Exists(name) {
		return nil
	}
	_, err := command.Run(ctx, nil, "ip", "netns", "delete", name)
	return err
}

// Exists reports whether there is a namespace of that name.
func Exists(name string) bool {
	_, err := os.Lstat(Path(name))
	return err == nil
}

// List returns the names of all namespaces, sorted.
func List() ([]string, error) {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("listing namespaces: %w", err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, nil
}

// IP runs lines of ip(8) in a namespace as one batch. It stops at the first
// line that fails.
func IP(ctx context.Context, name string, lines ...string) error {
	script := strings.Join(lines, "\n") + "\n"
	_, err := command.Run(ctx, strings.NewReader(script), "ip", "-n", name, "-batch", "-")
	if err != nil {
		return fmt.Errorf("%w\n%s", err, script)
	}
	return nil
}

// NFT loads a ruleset in a namespace as one transaction: all of it or nothing.
func NFT(ctx context.Context, name, ruleset string) error {
	_, err := command.Run(ctx, strings.NewReader(ruleset), "nsenter", "--net="+Path(name), "nft", "-f", "-")
	return err
}

// Sysctl sets a net.* parameter of a namespace.
func Sysctl(name, key, value string) error {
	file := filepath.Join("/proc/sys", strings.ReplaceAll(key, ".", "/"))
	err := Do(name, func() error { return os.WriteFile(file, []byte(value), 0o644) })
	if err != nil {
		return fmt.Errorf("setting %s=%s in namespace %q: %w", key, value, name, err)
	}
	return nil
}

// HasDevice reports whether a namespace has a network device of that name.
func HasDevice(name, device string) bool {
	return Do(name, func() error {
		_, err := net.InterfaceByName(device)
		return err
	}) == nil
}
