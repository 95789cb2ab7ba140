package vpn

import (
	"github.com/pulumi/pulumi-tls/sdk/v5/go/tls"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const accessType = "tripvpn:vpn:Access"

// Access is the operator's SSH key, which every server of the trip accepts.
type Access struct {
	pulumi.ResourceState

	Key *tls.PrivateKey
}

// NewAccess creates the key of the trip called name.
func NewAccess(ctx *pulumi.Context, name string) (*Access, error) {
	a := &Access{}
	if err := ctx.RegisterComponentResource(accessType, name, a); err != nil {
		return nil, err
	}
	var err error
	a.Key, err = tls.NewPrivateKey(ctx, name+"-admin", ed25519Key, pulumi.Parent(a))
	if err != nil {
		return nil, err
	}
	return a, ctx.RegisterResourceOutputs(a, pulumi.Map{})
}
