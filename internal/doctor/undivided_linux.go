package doctor

import (
	"context"
	"errors"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// undivided forbids everybody to divide a socket's packets, whatever size the kernel
// believes that the path carries (ip(7), IP_MTU_DISCOVER).
func undivided(_ context.Context, network, _ string, raw syscall.RawConn) error {
	var failure error
	err := raw.Control(func(fd uintptr) {
		if strings.HasSuffix(network, "6") {
			failure = unix.SetsockoptInt(int(fd), unix.IPPROTO_IPV6, unix.IPV6_MTU_DISCOVER, unix.IPV6_PMTUDISC_PROBE)
		} else {
			failure = unix.SetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_MTU_DISCOVER, unix.IP_PMTUDISC_PROBE)
		}
	})
	return errors.Join(err, failure)
}

// What a socket reports if a packet is too large for the path.
var tooLarge = []error{unix.EMSGSIZE}
