package site

import (
	"context"
	"net"

	"tripvpn/lab/fabric"
	"tripvpn/lab/fabric/netns"
)

// listen opens a listening socket on the lab's Internet.
func listen(ctx context.Context, network, address string) (net.Listener, error) {
	return netns.Listen(ctx, fabric.Internet, network, address)
}

// listenPacket opens a socket for datagrams there.
func listenPacket(ctx context.Context, network, address string) (net.PacketConn, error) {
	return netns.ListenPacket(ctx, fabric.Internet, network, address)
}
