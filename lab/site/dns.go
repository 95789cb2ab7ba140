package site

import (
	"context"
	"net"

	"tripvpn/lab/fabric"
	"tripvpn/lab/fabric/netns"
	"tripvpn/lab/internet"
)

// DNS starts the name server on the lab's Internet, at fabric.DNS and
// fabric.DNS6. It is the resolver of travellers. There can be one at a time.
func DNS(ctx context.Context, zones internet.Zones) (*internet.DNS, error) {
	listen := func(ctx context.Context, network, address string) (net.Listener, error) {
		return netns.Listen(ctx, fabric.Internet, network, address)
	}
	packets := func(ctx context.Context, network, address string) (net.PacketConn, error) {
		return netns.ListenPacket(ctx, fabric.Internet, network, address)
	}
	return internet.ServeDNS(ctx, zones, listen, packets, fabric.DNS, fabric.DNS6)
}
