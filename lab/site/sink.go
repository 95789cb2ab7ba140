package site

import (
	"context"

	"tripvpn/lab/fabric"
	"tripvpn/lab/internet"
)

// Sink starts the sink on the lab's Internet, beside the web server. There can
// be one at a time.
func Sink(ctx context.Context) (*internet.Sink, error) {
	return internet.ServeSink(ctx, listenPacket, fabric.Web, fabric.Web6)
}
