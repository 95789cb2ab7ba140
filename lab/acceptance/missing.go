package acceptance

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"tripvpn/lab/cli"
)

// Missing returns an error that lists what this machine lacks, or nil.
func Missing(ctx context.Context) error {
	if runtime.GOOS != "linux" {
		return errors.New("the acceptance needs Linux, for a network namespace")
	}
	if os.Getuid() != 0 {
		return errors.New("the acceptance needs root, for a network namespace")
	}
	var absent []string
	for _, program := range []string{"go", "ip", "nft", "nsenter", "openvpn"} {
		if _, err := exec.LookPath(program); err != nil {
			absent = append(absent, program)
		}
	}
	if len(absent) > 0 {
		return fmt.Errorf("the acceptance needs programs that are not installed: %s", strings.Join(absent, ", "))
	}
	if _, err := os.Stat("/dev/net/tun"); err != nil {
		return fmt.Errorf("the acceptance needs a tunnel device: %w; `modprobe tun` makes one", err)
	}
	return cli.Missing(ctx)
}
