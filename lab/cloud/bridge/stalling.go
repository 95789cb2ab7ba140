package bridge

import (
	"context"

	p "github.com/pulumi/pulumi-go-provider"
)

type createFunc = func(context.Context, p.CreateRequest) (p.CreateResponse, error)

// stalling lets a test stall the creation of a resource: see ec2.Cloud.Stall.
func stalling(config *Config, create createFunc) createFunc {
	return func(ctx context.Context, req p.CreateRequest) (p.CreateResponse, error) {
		resp, err := create(ctx, req)
		if err != nil || req.DryRun {
			return resp, err
		}
		return resp, config.cloud.Created(ctx, string(req.Urn.Type()))
	}
}
