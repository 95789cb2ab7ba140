package bridge_test

import (
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	sdk "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

// named is a program that gives a name addresses, through the provider of some
// region.
func named(name string, addresses ...string) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		provider, err := aws.NewProvider(ctx, "eu-west-1", &aws.ProviderArgs{Region: pulumi.String("eu-west-1")})
		if err != nil {
			return err
		}
		zone, err := sdk.LookupZone(ctx, &sdk.LookupZoneArgs{Name: pulumi.StringRef("example.org")}, pulumi.Provider(provider))
		if err != nil {
			return err
		}
		set, err := sdk.NewRecord(ctx, "name", &sdk.RecordArgs{
			ZoneId: pulumi.String(zone.ZoneId), Name: pulumi.String(name), Type: pulumi.String("A"), Ttl: pulumi.Int(60),
			Records: pulumi.ToStringArray(addresses),
		}, pulumi.Provider(provider))
		if err != nil {
			return err
		}
		ctx.Export("fqdn", set.Fqdn)
		ctx.Export("id", set.ID())
		return nil
	}
}

func TestANameComesAndGoes(t *testing.T) {
	e := start(t)
	first := named("vpn.example.org", "203.0.113.16")
	require.Equal(t, 3, e.preview(first)["create"], "the stack, its provider and the record set")
	require.Empty(t, e.cloud.Inventory())

	e.up(first)
	zone := e.cloud.Zones().ListHostedZones()[0]
	require.Equal(t, "vpn.example.org", e.output("fqdn"))
	require.Equal(t, zone.ID+"_vpn.example.org_A", e.output("id"))
	require.Equal(t, []string{"global vpn.example.org/A"}, e.cloud.Inventory())
	e.unchanged(first)
	e.refresh()
	e.unchanged(first)

	both := named("vpn.example.org", "203.0.113.32", "203.0.113.16")
	require.Equal(t, 1, e.preview(both)["update"])
	e.up(both)
	e.unchanged(named("vpn.example.org", "203.0.113.16", "203.0.113.32"))
	sets, err := e.cloud.Zones().ListResourceRecordSets(zone.ID)
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"203.0.113.16", "203.0.113.32"}, sets[0].Values)

	elsewhere := named("trip.example.org", "203.0.113.16")
	require.Equal(t, 1, e.preview(elsewhere)["replace"])
	e.up(elsewhere)
	require.Equal(t, []string{"global trip.example.org/A"}, e.cloud.Inventory())
	e.refused(named("tripexample.org", "203.0.113.16"), "creating Route53 Record: api error InvalidChangeBatch: "+
		"[RRSet with DNS name tripexample.org. is not permitted in zone example.org.]")
	e.destroy()
	require.Equal(t, zone, e.cloud.Zones().ListHostedZones()[0], "the zone is the operator's")
}
