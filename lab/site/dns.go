package site

import (
	"context"
	"net/netip"

	"tripvpn/lab/internet"
)

// DNS starts the name server on the lab's Internet, at every address of the backbone: at
// fabric.DNS and fabric.DNS6, which travellers ask by default, and at
// fabric.PublicResolvers. It also answers for the resolvers of local networks. There can
// be one at a time.
func DNS(ctx context.Context, zones internet.Zones) (*internet.DNS, error) {
	return internet.ServeDNS(ctx, zones, listen, listenPacket, netip.IPv6Unspecified())
}
