package vpn

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"tripvpn/infra/config"
)

// alwaysEnabled are the regions that every account has. AWS opened them before 20 March
// 2019; an account must enable any later one.
// https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
var alwaysEnabled = []string{
	"ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2",
	"ca-central-1", "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3",
	"sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2",
}

// checkEnabled refuses regions that the account has not enabled. In such a region,
// the provider does not get as far as a query: it calls the credentials invalid.
// It would be the first to fail, so no other query comes before.
func (s Survey) checkEnabled(ctx *pulumi.Context, c config.Config) error {
	if !slices.ContainsFunc(c.Regions, optIn) {
		return nil
	}
	all := true
	found, err := aws.GetRegions(ctx, &aws.GetRegionsArgs{
		AllRegions: &all,
		Filters:    []aws.GetRegionsFilter{{Name: "opt-in-status", Values: []string{"opted-in", "opt-in-not-required"}}},
	}, pulumi.Provider(s.Global))
	if err != nil {
		return fmt.Errorf("looking up the account's regions: %w", err)
	}
	var problems config.Problems
	for i, region := range c.Regions {
		if optIn(region) && !slices.Contains(found.Names, region) {
			problems.Add(config.Item("regions", i), region, "is not enabled for this account, or does not exist",
				"enable it (AWS console, Account, AWS Regions, or: aws account enable-region --region-name "+region+
					"), wait some minutes, and try again; or choose another region")
		}
	}
	return problems.Err()
}

// optIn reports whether an account must enable the region.
func optIn(region string) bool { return !slices.Contains(alwaysEnabled, region) }
