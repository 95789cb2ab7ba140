package vpn

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"tripvpn/infra/config"
)

const recordsType = "tripvpn:vpn:Records"

// Records are the trip's name in the DNS. It leads to every server.
type Records struct {
	pulumi.ResourceState
}

// RecordsArgs are what records need to know.
type RecordsArgs struct {
	// Required
	Zone  HostedZone
	Sites []*Site
}

// HostedZone is where the name is to stand, and how to reach it.
type HostedZone struct {
	Domain   config.Domain
	ID       string
	Provider *aws.Provider
}

const (
	// dnsRegion is where the global service has its endpoint.
	dnsRegion = "us-east-1"

	// recordTTL is for how many seconds the world may remember where a server
	// was: less than it takes a client to try all that it knew.
	recordTTL = 10
)

// SurveyHostedZone looks for the hosted zone, which has to exist. Its provider has a
// region of its own, so that it stays the same when the servers move.
func SurveyHostedZone(ctx *pulumi.Context, c config.Config) (HostedZone, error) {
	provider, err := newProvider(ctx, c, "dns", dnsRegion)
	if err != nil {
		return HostedZone{}, err
	}
	found, err := route53.LookupZone(ctx, &route53.LookupZoneArgs{Name: &c.Domain.Zone}, pulumi.Provider(provider))
	if err != nil {
		return HostedZone{}, fmt.Errorf("looking up the hosted zone %q (tripvpn:zone): %w; it has to exist in this account", c.Domain.Zone, err)
	}
	return HostedZone{c.Domain, found.ZoneId, provider}, nil
}

// NewRecords makes the records of the trip called name. They change only when
// every server that they lead to has proved that it serves.
func NewRecords(ctx *pulumi.Context, name string, args RecordsArgs) (*Records, error) {
	r := &Records{}
	if err := ctx.RegisterComponentResource(recordsType, name, r, pulumi.Provider(args.Zone.Provider)); err != nil {
		return nil, err
	}
	var verified []pulumi.Resource
	var addresses, addresses6 pulumi.StringArray
	for _, site := range args.Sites {
		verified = append(verified, site.Host.Verified)
		addresses = append(addresses, site.Server.Address)
		addresses6 = append(addresses6, site.Server.Address6)
	}
	for _, record := range []struct {
		kind      string
		addresses pulumi.StringArray
	}{{"A", addresses}, {"AAAA", addresses6}} {
		_, err := route53.NewRecord(ctx, name+"-"+record.kind, &route53.RecordArgs{
			ZoneId:  pulumi.String(args.Zone.ID),
			Name:    pulumi.String(args.Zone.Domain.Name),
			Type:    pulumi.String(record.kind),
			Ttl:     pulumi.Int(recordTTL),
			Records: record.addresses,
		}, pulumi.Parent(r), pulumi.DependsOn(verified))
		if err != nil {
			return nil, err
		}
	}
	return r, ctx.RegisterResourceOutputs(r, pulumi.Map{})
}
