package vpn

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"tripvpn/infra/config"
)

// Tags are on everything that can have some, so that what is live, or was left
// over, can be found without the stack.
const (
	tagProject = "tripvpn:project"
	tagStack   = "tripvpn:stack"
	tagTrip    = "tripvpn:trip"
	tagRegion  = "tripvpn:region"
)

// newProvider makes the way to a region. Regions are named, not ambient.
func newProvider(ctx *pulumi.Context, c config.Config, role, region string) (*aws.Provider, error) {
	return aws.NewProvider(ctx, c.Name+"-"+role, &aws.ProviderArgs{
		Region: pulumi.String(region),
		DefaultTags: &aws.ProviderDefaultTagsArgs{Tags: pulumi.StringMap{
			tagProject: pulumi.String(ctx.Project()),
			tagStack:   pulumi.String(ctx.Stack()),
			tagTrip:    pulumi.String(c.Name),
			tagRegion:  pulumi.String(region),
		}},
	})
}
