package doctor

import (
	"context"
	"errors"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// undivided forbids everybody to divide a socket's packets (ip(4), IP_DONTFRAG).
func undivided(_ context.Context, network, _ string, raw syscall.RawConn) error {
	var failure error
	err := raw.Control(func(fd uintptr) {
		if strings.HasSuffix(network, "6") {
			failure = unix.SetsockoptInt(int(fd), unix.IPPROTO_IPV6, unix.IPV6_DONTFRAG, 1)
		} else {
			failure = unix.SetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_DONTFRAG, 1)
		}
	})
	return errors.Join(err, failure)
}

// What a socket reports if a packet is too large for the path.
var tooLarge = []error{unix.EMSGSIZE}
