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

// tagImage is a tag of instances: the setting image that they were built with.
const tagImage = "tripvpn:image"

// maxRetries bounds the provider's attempts of a call. Its default is 25, with
// pauses of up to five minutes, which is most of an hour for a zone that has no
// capacity.
const maxRetries = 9

// newGlobalProvider creates the provider for all that is not in a server's region:
// Route 53, the account's regions and the price list. It does not depend on the
// servers' regions, so it stays when they move.
func newGlobalProvider(ctx *pulumi.Context, c config.Config) (*aws.Provider, error) {
	return newProvider(ctx, c, "global", "us-east-1")
}

// newProvider creates a provider for a region. It ignores the region in the
// environment.
func newProvider(ctx *pulumi.Context, c config.Config, role, region string) (*aws.Provider, error) {
	return aws.NewProvider(ctx, c.Name+"-"+role, &aws.ProviderArgs{
		Region:     pulumi.String(region),
		MaxRetries: pulumi.Int(maxRetries),
		DefaultTags: &aws.ProviderDefaultTagsArgs{Tags: pulumi.StringMap{
			tagProject: pulumi.String(ctx.Project()),
			tagStack:   pulumi.String(ctx.Stack()),
			tagTrip:    pulumi.String(c.Name),
			tagRegion:  pulumi.String(region),
		}},
	})
}
