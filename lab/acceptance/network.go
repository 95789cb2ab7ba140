package acceptance

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"tripvpn/lab/fabric/command"
	"tripvpn/lab/fabric/netns"
	"tripvpn/lab/poll"
)

const (
	device = "eth0" // the client's end of the cable

	// A pair of addresses from the block for tests of network devices (RFC 2544, appendix
	// C.2.2), which nobody routes.
	machineAddress = "198.18.86.1"
	clientAddress  = "198.18.86.2"
	subnetBits     = 30
)

const forwardingFile = "/proc/sys/net/ipv4/ip_forward"

// network is a network namespace with access to the Internet through this machine.
type network struct {
	folder    string // for what has to be restored
	namespace string // and the table of nft
	port      string // the machine's end of the cable
}

// newNetwork names the network of a folder: another folder has another one, and every
// run in the folder the same one. The name of a device has at most 15 bytes.
func newNetwork(folder string) network {
	sum := fnv.New32a()
	sum.Write([]byte(folder))
	return network{
		folder:    folder,
		namespace: fmt.Sprintf("tripvpn-acc-%08x", sum.Sum32()),
		port:      fmt.Sprintf("tvacc-%08x", sum.Sum32()),
	}
}

// open makes the namespace. What a killed run left of it must be removed before.
func (n network) open(ctx context.Context) error {
	if err := netns.Add(ctx, n.namespace); err != nil {
		return err
	}
	if err := n.cable(ctx); err != nil {
		return fmt.Errorf("connecting namespace %q: %w", n.namespace, err)
	}
	if err := n.forward(); err != nil {
		return err
	}
	_, err := command.Run(ctx, strings.NewReader(fmt.Sprintf(`table ip %s {
	chain postrouting {
		type nat hook postrouting priority srcnat;
		ip saddr %s masquerade
	}
}
`, n.namespace, clientAddress)), "nft", "-f", "-")
	return err
}

func (n network) cable(ctx context.Context) error {
	lines := fmt.Sprintf(`link add %[1]s type veth peer name %[2]s netns %[3]s
address add %[4]s/%[5]d dev %[1]s
link set %[1]s up
`, n.port, device, n.namespace, machineAddress, subnetBits)
	if _, err := command.Run(ctx, strings.NewReader(lines), "ip", "-batch", "-"); err != nil {
		return err
	}
	return netns.IP(ctx, n.namespace,
		fmt.Sprintf("address add %s/%d dev %s", clientAddress, subnetBits, device),
		"link set "+device+" up",
		"route add default via "+machineAddress,
	)
}

// marker exists while forwarding is on only for the namespace.
func (n network) marker() string { return filepath.Join(n.folder, "forwarding-was-off") }

// forward makes this machine a router, if it is not one already.
func (n network) forward() error {
	value, err := os.ReadFile(forwardingFile)
	if err != nil {
		return fmt.Errorf("turning forwarding on: %w", err)
	}
	if strings.TrimSpace(string(value)) != "0" {
		return nil
	}
	if err := os.WriteFile(n.marker(), nil, 0o600); err != nil {
		return fmt.Errorf("turning forwarding on: %w", err)
	}
	if err := os.WriteFile(forwardingFile, []byte("1"), 0o644); err != nil {
		return fmt.Errorf("turning forwarding on: %w", err)
	}
	return nil
}

// remove undoes open, also that of a killed run, and ends every process in the namespace.
// The namespace is made first and removed last, so without it there is nothing else.
func (n network) remove(ctx context.Context) error {
	if !netns.Exists(n.namespace) {
		return nil
	}
	if err := errors.Join(n.restoreForwarding(), n.dropTable(ctx)); err != nil {
		return err
	}
	return n.dropNamespace(ctx)
}

func (n network) restoreForwarding() error {
	if _, err := os.Stat(n.marker()); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := os.WriteFile(forwardingFile, []byte("0"), 0o644); err != nil {
		return fmt.Errorf("turning forwarding off: %w", err)
	}
	return os.Remove(n.marker())
}

func (n network) dropTable(ctx context.Context) error {
	// There may be none. Adding one that exists changes nothing (nft(8)).
	_, err := command.Run(ctx, strings.NewReader(fmt.Sprintf("add table ip %[1]s\ndelete table ip %[1]s\n", n.namespace)), "nft", "-f", "-")
	return err
}

// dropNamespace ends the processes in the namespace, for which the kernel would keep it,
// and deletes it together with the cable.
func (n network) dropNamespace(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	err := poll.Until(ctx, 20*time.Millisecond, func() (bool, error) {
		text, err := command.Run(ctx, nil, "ip", "netns", "pids", n.namespace)
		for _, field := range strings.Fields(text) {
			if pid, err := strconv.Atoi(field); err == nil {
				_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended
			}
		}
		return err == nil && strings.TrimSpace(text) == "", err
	})
	if err != nil {
		return fmt.Errorf("ending the processes in namespace %q: %w", n.namespace, err)
	}
	return netns.Delete(ctx, n.namespace)
}
