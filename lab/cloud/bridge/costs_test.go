package bridge_test

import (
	"testing"
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"tripvpn/infra/config"
	"tripvpn/infra/vpn"
)

// costs is a program that logs what a trip costs, through the provider of a
// region.
func costs(region string, c config.Config) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		provider, err := aws.NewProvider(ctx, region, &aws.ProviderArgs{Region: pulumi.String(region)})
		if err != nil {
			return err
		}
		survey := vpn.Survey{Global: provider}
		for _, code := range c.Regions {
			survey.Regions = append(survey.Regions, vpn.Region{Code: code})
		}
		return vpn.LogCosts(ctx, c, survey, time.Date(2026, 12, 4, 0, 0, 0, 0, time.UTC))
	}
}

// Each query of the program describes one product: the list has others that
// differ in one attribute.
func TestThePriceListKnowsWhatATripCosts(t *testing.T) {
	e := start(t)
	trip := config.Config{
		Regions: []string{"us-east-1", "eu-west-1", "sa-east-1"}, InstanceType: "t4g.nano",
		Until: time.Date(2026, 12, 5, 0, 0, 0, 0, time.UTC),
	}
	require.Equal(t, []string{
		"us-east-1: 0.24 USD a day, 7.37 USD a month, 0.24 USD until 2026-12-04; 100 GB of traffic to the Internet 10.00 USD; before taxes",
		"eu-west-1: 0.27 USD a day, 8.18 USD a month, 0.27 USD until 2026-12-04; 100 GB of traffic to the Internet 11.00 USD; before taxes",
		"sa-east-1: the prices are not known (the price list has no entry)",
	}, e.messages(costs("us-east-1", trip)))

	trip.Regions, trip.InstanceType = trip.Regions[:1], "t3a.nano"
	require.Equal(t, []string{
		"us-east-1: the price of the instance type t3a.nano is not known (the price list has no entry); " +
			"the rest of the server 0.12 USD a day, 3.72 USD a month, 0.12 USD until 2026-12-04; " +
			"100 GB of traffic to the Internet 10.00 USD; before taxes",
	}, e.messages(costs("us-east-1", trip)))
}

func TestAPriceListThatRefusesFailsNothing(t *testing.T) {
	e := start(t)
	trip := config.Config{Regions: []string{"us-east-1"}, InstanceType: "t4g.nano"}
	require.Equal(t, []string{"us-east-1: the prices are not known (the price list did not answer; pulumi --debug logs why)"},
		e.messages(costs("eu-west-1", trip)))
	e.cloud.Prices().Deny()
	require.Equal(t, []string{"us-east-1: the prices are not known (the credentials lack pricing:GetProducts)"},
		e.messages(costs("us-east-1", trip)))
}
