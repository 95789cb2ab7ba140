package site

import (
	"context"
	"net"

	"tripvpn/lab/fabric"
	"tripvpn/lab/fabric/netns"
	"tripvpn/lab/internet"
)

// Sink starts the sink on the lab's Internet, beside the web server. There can
// be one at a time.
func Sink(ctx context.Context) (*internet.Sink, error) {
	packets := func(ctx context.Context, network, address string) (net.PacketConn, error) {
		return netns.ListenPacket(ctx, fabric.Internet, network, address)
	}
	return internet.ServeSink(ctx, packets, fabric.Web, fabric.Web6)
}
