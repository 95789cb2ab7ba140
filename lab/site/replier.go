package site

import (
	"context"

	"tripvpn/lab/fabric"
	"tripvpn/lab/internet"
)

// Replier starts the replier on the lab's Internet, beside the web server. There can be
// one at a time.
func Replier(ctx context.Context) (*internet.Replier, error) {
	return internet.ServeReplier(ctx, listenPacket, fabric.Web, fabric.Web6)
}
