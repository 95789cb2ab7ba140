package bridge

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"tripvpn/lab/cloud/apierror"
	"tripvpn/lab/cloud/ec2"
)

// Config is the configuration of a provider.
type Config struct {
	Region      string       `pulumi:"region"`
	DefaultTags *DefaultTags `pulumi:"defaultTags,optional"`
	MaxRetries  *int         `pulumi:"maxRetries,optional"`

	cloud  *ec2.Cloud
	region *ec2.Region
}

// Configure connects to the region. Where CheckConfig was not called before, as in
// a refresh without the program, a region that does not know the caller is found
// here: AWS's answer is passed on.
func (c *Config) Configure(context.Context) error {
	region, err := c.cloud.Region(c.Region)
	if err != nil {
		return callerUnknown(c.Region, err)
	}
	c.region = region
	return nil
}

// callerUnknown is the answer of a region's STS to the question for the caller's
// identity. Where EC2 says AuthFailure, STS says InvalidClientTokenId.
func callerUnknown(region string, err error) error {
	why := fmt.Sprintf("https response error StatusCode: 0, request send failed, "+
		"Post \"https://sts.%[1]s.amazonaws.com/\": dial tcp: lookup sts.%[1]s.amazonaws.com: no such host", region)
	if apierror.Has(err, "AuthFailure") {
		why = "https response error StatusCode: 403, api error InvalidClientTokenId: " + invalidToken
	}
	return fmt.Errorf("validating provider credentials: retrieving caller identity from STS: "+
		"operation error STS: GetCallerIdentity, %s", why)
}

const invalidToken = "The security token included in the request is invalid."

// served are the settings of Config, and the engine's own.
var served = []string{"region", "defaultTags", "maxRetries", "version"}

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

// withCredentials asks the region for the caller's identity before the provider is
// configured, as upstream does (validateCredentials in pulumi-aws,
// provider/resources.go). For a region that the account has not enabled, which does
// not know the caller, upstream puts its own text in place of AWS's
// (provider/errors/invalid_credentials.txt); the engine then stops with that alone.
// The first line is upstream's.
func withCredentials(config *Config, check checkFunc) checkFunc {
	return func(ctx context.Context, req p.CheckRequest) (p.CheckResponse, error) {
		resp, err := check(ctx, req)
		region := req.Inputs.Get("region")
		if err != nil || !region.IsString() {
			return resp, err
		}
		if _, err := config.cloud.Region(region.AsString()); err != nil {
			resp.Failures = append(resp.Failures, p.CheckFailure{Reason: advice(callerUnknown(region.AsString(), err))})
		}
		return resp, nil
	}
}

// advice is what upstream says about AWS's answer.
func advice(err error) string {
	if strings.Contains(err.Error(), invalidToken) {
		return "Invalid credentials configured.\n(Here, the provider gives advice on credentials.)"
	}
	return fmt.Sprintf("unable to validate AWS credentials.\nDetails: %s\n", err)
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
