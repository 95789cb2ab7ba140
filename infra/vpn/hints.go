package vpn

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"tripvpn/infra/config"
)

// hint tells what to do about an error of AWS.
type hint struct {
	words string // of AWS; docs/aws.md lists the same
	text  func(config.Config, Region) string
}

// hints are the errors that an operator can do something about. The codes are
// those of https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html.
var hints = []hint{
	{"not eligible for Free Tier", func(c config.Config, _ Region) string {
		small := "t4g.micro"
		if c.Architecture == config.AMD64 {
			small = "t3.micro"
		}
		return "the account is on AWS's free plan, which launches only some instance types: " +
			config.Set("instanceType", small) + ", or upgrade the account's plan"
	}},
	{"VcpuLimitExceeded", func(_ config.Config, r Region) string {
		return fmt.Sprintf("the account's quota for running instances in %s is used up: request a higher one "+
			"(AWS console, Service Quotas, Amazon EC2), or choose another region", r.Code)
	}},
	{"AddressLimitExceeded", func(_ config.Config, r Region) string {
		return fmt.Sprintf("an account has five Elastic IP addresses per region: release one in %s, "+
			"request a higher quota (AWS console, Service Quotas, Amazon EC2), or choose another region", r.Code)
	}},
	{"VpcLimitExceeded", func(_ config.Config, r Region) string {
		return fmt.Sprintf("an account has five VPCs per region: delete one in %s, "+
			"request a higher quota (AWS console, Service Quotas, Amazon VPC), or choose another region", r.Code)
	}},
	{"InsufficientInstanceCapacity", func(c config.Config, r Region) string {
		return fmt.Sprintf("zone %s had no free %s in %d attempts over a few minutes: try again later, or choose another zone: %s",
			r.Zone, c.InstanceType, maxRetries, chooseAnotherZone(c, r))
	}},
	{"UnauthorizedOperation", missingPermission},
	{"AccessDenied", missingPermission},
	{"InvalidSubnet.Conflict", interrupted},
	{"already has an internet gateway attached", interrupted},
	{"Resource.AlreadyAssociated", interrupted},
	{"InvalidIPAddress.InUse", interrupted},
	{"DependencyViolation", interrupted},
}

func missingPermission(config.Config, Region) string {
	return "your credentials lack the permission that AWS's message names; docs/aws.md has a policy with all that tripvpn needs"
}

func interrupted(config.Config, Region) string {
	return "a resource that the stack does not know is in the way, probably left by an interrupted run: " +
		"pulumi preview names such resources, and the commands that remove them"
}

// chooseAnotherZone returns a command for each other zone of the region that offers
// the instance type.
func chooseAnotherZone(c config.Config, r Region) string {
	var commands []string
	for _, zone := range r.Offering {
		if zone != r.Zone {
			commands = append(commands, config.SetItem("availabilityZones", c.ZoneIndex(r.Code), zone))
		}
	}
	return strings.Join(commands, " or ")
}

// hintFor returns the hint for an error, or "".
func hintFor(err string, c config.Config, r Region) string {
	for _, h := range hints {
		if strings.Contains(err, h.words) {
			return h.text(c, r)
		}
	}
	return ""
}

// withHint adds the hint for an error, if there is one.
func withHint(err error, c config.Config, r Region) error {
	if hint := hintFor(err.Error(), c, r); hint != "" {
		return fmt.Errorf("%w; %s", err, hint)
	}
	return err
}

// withHints returns an option for the region's resources at AWS: if one cannot be
// created or changed, it logs the hint for that error.
func withHints(ctx *pulumi.Context, c config.Config, r Region) (pulumi.ResourceOption, error) {
	hook, err := ctx.RegisterErrorHook("hints-"+r.Code, func(args *pulumi.ErrorHookArgs) (retry bool, err error) {
		if text := hintFor(args.Errors[0], c, r); text != "" {
			return false, ctx.Log.Warn(args.Name+": "+text, nil)
		}
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	return pulumi.ResourceHooks(&pulumi.ResourceHookBinding{OnError: []*pulumi.ErrorHook{hook}}), nil
}
