package bridge

import (
	"context"
	"errors"
	"fmt"
	"slices"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"tripvpn/lab/cloud/apierror"
	"tripvpn/lab/cloud/ec2"
)

// Config is the configuration of a provider.
type Config struct {
	Region      string       `pulumi:"region"`
	DefaultTags *DefaultTags `pulumi:"defaultTags,optional"`

	cloud  *ec2.Cloud
	region *ec2.Region
}

// Configure asks the region for the caller's identity, as the provider does. A region that
// is not enabled refuses to answer.
func (c *Config) Configure(context.Context) error {
	region, err := c.cloud.Region(c.Region)
	if apierror.Has(err, "AuthFailure") {
		return fmt.Errorf("unable to validate AWS credentials. Details: validating provider credentials: retrieving "+
			"caller identity from STS: operation error STS: GetCallerIdentity, https response error StatusCode: 403, "+
			"api error InvalidClientTokenId: The security token included in the request is invalid. "+
			"Make sure that region %q is enabled for the account", c.Region)
	}
	if err != nil {
		return fmt.Errorf("configuring region %q: %w", c.Region, err)
	}
	c.region = region
	return nil
}

// served are the settings of Config, and the engine's own.
var served = []string{"region", "defaultTags", "version"}

// unasked are the settings that the SDK adds by itself.
var unasked = map[string]property.Value{
	"skipCredentialsValidation": property.New(false), "skipRegionValidation": property.New(true),
}

// strictConfig refuses settings that Config does not know; infer ignores them.
func strictConfig(check checkFunc) checkFunc {
	return func(ctx context.Context, req p.CheckRequest) (p.CheckResponse, error) {
		resp, err := check(ctx, req)
		for key, setting := range req.Inputs.AllStable {
			usual, known := unasked[key]
			if slices.Contains(served, key) || known && setting.Equals(usual) {
				continue
			}
			resp.Failures = append(resp.Failures, p.CheckFailure{
				Property: key, Reason: "the stand-in for AWS does not know this setting of the provider",
			})
		}
		return resp, err
	}
}

// errUnconfigured is the answer on a connection that the engine reopened, as gRPC
// does after half an hour without a call. Its region is not known.
var errUnconfigured = errors.New("the stand-in for AWS was not configured on this connection: run the operation again")

func whenConfigured[Q, A any](
	config *Config, call func(context.Context, Q) (A, error),
) func(context.Context, Q) (A, error) {
	return func(ctx context.Context, req Q) (A, error) {
		if config.region == nil {
			var none A
			return none, errUnconfigured
		}
		return call(ctx, req)
	}
}

func whenConfiguredDelete(
	config *Config, call func(context.Context, p.DeleteRequest) error,
) func(context.Context, p.DeleteRequest) error {
	return func(ctx context.Context, req p.DeleteRequest) error {
		if config.region == nil {
			return errUnconfigured
		}
		return call(ctx, req)
	}
}
