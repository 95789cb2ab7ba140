//go:build unix

package doctor

import "golang.org/x/sys/unix"

// What a socket reports if nothing listens on a port.
var refusals = []error{unix.ECONNREFUSED}

// What it reports if there is no way to an address.
var noRoutes = []error{unix.ENETUNREACH, unix.EHOSTUNREACH, unix.EAFNOSUPPORT, unix.EADDRNOTAVAIL, unix.ENETDOWN}
