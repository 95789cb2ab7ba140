// Command infra is the program that the Pulumi engine runs. It only connects
// package vpn to this machine.
package main

import (
	"context"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"tripvpn/infra/config"
	"tripvpn/infra/vpn"
)

// dialErrorLimit is the number of connection attempts to a host. It gives an instance at
// least three minutes to boot: the pauses between attempts grow to five seconds
// (retry.Until in Pulumi's SDK).
const dialErrorLimit = 45

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		return vpn.Program(vpn.Env{
			EgressAddress: vpn.EgressAddress,
			ExportStack:   vpn.ExportStack,
			HostBinary: func(c context.Context, a config.Architecture) (vpn.Binary, error) {
				return vpn.BuildBinary(c, ctx.RootDirectory(), a)
			},
			Now:            time.Now,
			DialErrorLimit: dialErrorLimit,
		})(ctx)
	})
}
