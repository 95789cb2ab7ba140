// Command infra is the program that the Pulumi engine runs. It owns nothing
// but the choice of the program's surroundings.
package main

import (
	"context"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"tripvpn/infra/vpn"
)

// dials gives an instance three minutes to boot at the least: the pauses
// between them grow to five seconds (retry.Until in Pulumi's SDK).
const dials = 45

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		return vpn.Program(vpn.Surroundings{
			EgressAddress: vpn.EgressAddress,
			HostBinary: func(c context.Context, a vpn.Architecture) (vpn.Binary, error) {
				return vpn.BuildBinary(c, ctx.RootDirectory(), a)
			},
			Now:   time.Now,
			Dials: dials,
		})(ctx)
	})
}
