package site

import (
	"context"

	"tripvpn/lab/fabric"
	"tripvpn/lab/internet"
)

// Web starts the web server on the lab's Internet, at fabric.Web and
// fabric.Web6. There can be one at a time.
func Web(ctx context.Context) (*internet.Web, error) {
	return internet.Serve(ctx, listen, fabric.Web, fabric.Web6)
}
