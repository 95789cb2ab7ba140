package vpn

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const nameType = "tripvpn:vpn:Name"

// Name is the trip's name in the DNS. It leads to every server.
type Name struct {
	pulumi.ResourceState
}

// NameArgs are what a name needs to know.
type NameArgs struct {
	// Required
	Zone  Zone
	Sites []*Site
}

// Zone is a hosted zone, and how to reach it.
type Zone struct {
	Domain   Domain
	ID       string
	Provider *aws.Provider
}

const (
	// dnsRegion is where the global service has its endpoint.
	dnsRegion = "us-east-1"

	nameTTL = 60 // seconds
)

// SurveyZone looks for the hosted zone, which has to exist. Its provider has a
// region of its own, so that it stays the same when the servers move.
func SurveyZone(ctx *pulumi.Context, c Config) (Zone, error) {
	provider, err := newProvider(ctx, c, "dns", dnsRegion)
	if err != nil {
		return Zone{}, err
	}
	found, err := route53.LookupZone(ctx, &route53.LookupZoneArgs{Name: &c.Domain.Zone}, pulumi.Provider(provider))
	if err != nil {
		return Zone{}, fmt.Errorf("looking up the hosted zone %q (tripvpn:zone): %w; it has to exist in this account", c.Domain.Zone, err)
	}
	return Zone{c.Domain, found.ZoneId, provider}, nil
}

// NewName makes the records of the trip called name. They change only when
// every server that they lead to has proved that it serves.
func NewName(ctx *pulumi.Context, name string, args NameArgs) (*Name, error) {
	n := &Name{}
	if err := ctx.RegisterComponentResource(nameType, name, n, pulumi.Provider(args.Zone.Provider)); err != nil {
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
			Ttl:     pulumi.Int(nameTTL),
			Records: record.addresses,
		}, pulumi.Parent(n), pulumi.DependsOn(verified))
		if err != nil {
			return nil, err
		}
	}
	return n, ctx.RegisterResourceOutputs(n, pulumi.Map{})
}
