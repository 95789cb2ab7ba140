package vpn

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"tripvpn/infra/config"
)

// Default tags, so that live or leftover resources are found without the stack.
const (
	tagProject = "tripvpn:project"
	tagStack   = "tripvpn:stack"
	tagTrip    = "tripvpn:trip"
	tagRegion  = "tripvpn:region"
)

// newProvider creates a provider for a region. It ignores the region in the
// environment.
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
