package host

import (
	"context"
	"errors"
	"net"
	"net/netip"
)

// Resolve asks a resolver for the name servers of the root zone, which every resolver
// knows, from one of the host's addresses. That no such name exists is an answer as well.
func Resolve(ctx context.Context, from netip.Addr, resolver netip.AddrPort) error {
	asking := net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		var local net.Addr = net.UDPAddrFromAddrPort(netip.AddrPortFrom(from, 0))
		if network == "tcp" {
			local = net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 0))
		}
		return (&net.Dialer{LocalAddr: local}).DialContext(ctx, network, resolver.String())
	}}
	_, err := asking.LookupNS(ctx, ".")
	var refused *net.DNSError
	if errors.As(err, &refused) && refused.IsNotFound {
		return nil
	}
	return err
}
