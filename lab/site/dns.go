package site

import (
	"context"

	"tripvpn/lab/fabric"
	"tripvpn/lab/internet"
)

// DNS starts the name server on the lab's Internet, at fabric.DNS and
// fabric.DNS6. It is the resolver of travellers. There can be one at a time.
func DNS(ctx context.Context, zones internet.Zones) (*internet.DNS, error) {
	return internet.ServeDNS(ctx, zones, listen, listenPacket, fabric.DNS, fabric.DNS6)
}
