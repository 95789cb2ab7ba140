package doctor

import "golang.org/x/sys/windows"

// What a socket reports if nothing listens on a port. Over UDP, Windows reports ICMP's
// "port unreachable" as a reset.
var refusals = []error{windows.WSAECONNREFUSED, windows.WSAECONNRESET}

// What it reports if there is no way to an address.
var noRoutes = []error{windows.WSAENETUNREACH, windows.WSAEHOSTUNREACH, windows.WSAEAFNOSUPPORT, windows.WSAEADDRNOTAVAIL}
