package bridge

import (
	"context"
	"fmt"

	"github.com/pulumi/pulumi-go-provider/infer"

	"tripvpn/lab/cloud/apierror"
)

// maxAttempts is how often upstream calls AWS at most, unless the setting
// maxRetries says otherwise (internal/provider/provider.go).
const maxAttempts = 25

// attempts is upstream's reading of maxRetries: all calls, the first one
// included; zero means the default.
func (c *Config) attempts() int {
	if n := value(c.MaxRetries); n > 0 {
		return n
	}
	return maxAttempts
}

// retrying calls an operation of EC2's as often as upstream does where EC2 has
// no capacity (internal/service/ec2/service_package.go). Upstream waits before
// each further call, up to 300 s (aws_config.go in aws-sdk-go-base), with 25
// calls for about 45 minutes; this does not wait.
func retrying(ctx context.Context, operation string, call func() error) error {
	attempts := infer.GetConfig[*Config](ctx).attempts()
	var err error
	for range attempts {
		if err = call(); !apierror.Has(err, "InsufficientInstanceCapacity") {
			return err
		}
	}
	return fmt.Errorf("operation error EC2: %s, exceeded maximum number of attempts, %d, %w", operation, attempts, err)
}
