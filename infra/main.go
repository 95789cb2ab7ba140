// Command infra is the program that the Pulumi engine runs. It owns nothing
// but the choice of the program's surroundings.
package main

import (
	"context"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"tripvpn/infra/vpn"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		return vpn.Program(vpn.Surroundings{
			EgressAddress: vpn.EgressAddress,
			HostBinary: func(c context.Context, a vpn.Architecture) (vpn.Binary, error) {
				return vpn.BuildBinary(c, ctx.RootDirectory(), a)
			},
			Now: time.Now,
		})(ctx)
	})
}
