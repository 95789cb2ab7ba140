package operator

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

// Missing returns an error that lists what this machine lacks for a lab that uses
// the given programs besides those of the fabric itself, or nil.
func Missing(programs ...string) error {
	if runtime.GOOS != "linux" {
		return errors.New("the lab needs Linux: run it on a Linux machine, as root")
	}
	if os.Getuid() != 0 {
		return errors.New("the lab needs root, for network namespaces: run it as root")
	}
	var absent []string
	for _, program := range append([]string{"ip", "nft", "nsenter", "unshare"}, programs...) {
		if _, err := exec.LookPath(program); err != nil {
			absent = append(absent, program)
		}
	}
	if len(absent) > 0 {
		return fmt.Errorf("the lab needs programs that are not installed: %s", strings.Join(absent, ", "))
	}
	return nil
}
