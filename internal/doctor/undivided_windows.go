package doctor

import (
	"context"
	"errors"
	"strings"
	"syscall"

	"golang.org/x/sys/windows"
)

// Options of ws2ipdef.h, which x/sys does not have.
const (
	ipDontFragment = 14 // IP_DONTFRAGMENT
	ipv6DontFrag   = 14 // IPV6_DONTFRAG
)

// undivided forbids everybody to divide a socket's packets.
func undivided(_ context.Context, network, _ string, raw syscall.RawConn) error {
	var failure error
	err := raw.Control(func(fd uintptr) {
		if strings.HasSuffix(network, "6") {
			failure = windows.SetsockoptInt(windows.Handle(fd), windows.IPPROTO_IPV6, ipv6DontFrag, 1)
		} else {
			failure = windows.SetsockoptInt(windows.Handle(fd), windows.IPPROTO_IP, ipDontFragment, 1)
		}
	})
	return errors.Join(err, failure)
}

// What a socket reports if a packet is too large for the path.
var tooLarge = []error{windows.WSAEMSGSIZE}
