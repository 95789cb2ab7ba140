package bridge

import (
	"context"
	"slices"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// DefaultTags are aws:index/ProviderDefaultTags: tags of every resource of a
// provider that supports tags.
type DefaultTags struct {
	Tags map[string]string `pulumi:"tags,optional"`
}

// tagged are the types whose inputs embed Tagging.
var tagged = []tokens.Type{
	"aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet", "aws:ec2/internetGateway:InternetGateway",
	"aws:ec2/routeTable:RouteTable", "aws:ec2/securityGroup:SecurityGroup", "aws:ec2/keyPair:KeyPair",
	"aws:ec2/instance:Instance", "aws:ec2/eip:Eip",
}

// withTagsAll gives a resource all its tags before it is checked, so that other
// default tags are a change of the resource (pulumi-aws, provider/tags.go).
func withTagsAll(config *Config, check checkFunc) checkFunc {
	return func(ctx context.Context, req p.CheckRequest) (p.CheckResponse, error) {
		if slices.Contains(tagged, req.Urn.Type()) {
			req.Inputs = req.Inputs.Delete("tagsAll")
			if all := config.DefaultTags.under(req.Inputs.Get("tags")); !all.IsNull() {
				req.Inputs = req.Inputs.Set("tagsAll", all)
			}
		}
		return check(ctx, req)
	}
}

// under merges a resource's own tags over the default ones. Where one is
// unknown, so are all; where there is none, the result is null.
func (d *DefaultTags) under(own property.Value) property.Value {
	if own.HasComputed() {
		return property.New(property.Computed).WithSecret(own.HasSecrets())
	}
	all := property.Map{}
	if d != nil {
		for key, value := range d.Tags {
			all = all.Set(key, property.New(value))
		}
	}
	if own.IsMap() {
		for key, value := range own.AsMap().All {
			all = all.Set(key, value)
		}
	}
	if all.Len() == 0 {
		return property.Value{}
	}
	return property.New(all).WithSecret(own.Secret())
}

// keepingProvider lets all settings but the region change a provider in place. infer
// replaces a provider whatever changes, and the engine would replace all of its
// resources.
func keepingProvider(diff diffFunc) diffFunc {
	return func(ctx context.Context, req p.DiffRequest) (p.DiffResponse, error) {
		resp, err := diff(ctx, req)
		for path, change := range resp.DetailedDiff {
			if path == "maxRetries" || path == "defaultTags" || strings.HasPrefix(path, "defaultTags.") {
				change.Kind = inPlace(change.Kind)
				resp.DetailedDiff[path] = change
			}
		}
		return resp, err
	}
}

func inPlace(kind p.DiffKind) p.DiffKind {
	for _, plain := range []p.DiffKind{p.Add, p.Delete, p.Update} {
		if kind == replacing(plain) {
			return plain
		}
	}
	return kind
}
