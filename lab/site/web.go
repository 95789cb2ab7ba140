package site

import (
	"context"
	"net"

	"tripvpn/lab/fabric"
	"tripvpn/lab/fabric/netns"
	"tripvpn/lab/internet"
)

// Web starts the web server on the lab's Internet, at fabric.Web and
// fabric.Web6. There can be one at a time.
func Web(ctx context.Context) (*internet.Web, error) {
	listen := func(ctx context.Context, network, address string) (net.Listener, error) {
		return netns.Listen(ctx, fabric.Internet, network, address)
	}
	return internet.Serve(ctx, listen, fabric.Web, fabric.Web6)
}
