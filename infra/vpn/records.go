package vpn

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"tripvpn/infra/config"
)

const recordsType = "tripvpn:vpn:Records"

// Records are the domain's A record and, with IPv6, its AAAA record. They contain the
// addresses of every server.
type Records struct {
	pulumi.ResourceState
}

// RecordsArgs are the arguments of NewRecords.
type RecordsArgs struct {
	// Required
	Zone  HostedZone
	Sites []*Site

	// Optional
	IPv6 bool // with an AAAA record
}

// HostedZone is the Route 53 zone that contains the domain, and its provider.
type HostedZone struct {
	Domain   config.Domain
	ID       string
	Provider *aws.Provider
}

// recordTTL (seconds) is shorter than the time that a client needs to try every
// cached address.
const recordTTL = 10

// SurveyHostedZone looks up the hosted zone, which must exist.
func SurveyHostedZone(ctx *pulumi.Context, c config.Config, provider *aws.Provider) (HostedZone, error) {
	found, err := route53.LookupZone(ctx, &route53.LookupZoneArgs{Name: &c.Domain.Zone}, pulumi.Provider(provider))
	if err != nil {
		return HostedZone{}, fmt.Errorf("looking up the hosted zone %q (tripvpn:zone): %w; it must exist in this account", c.Domain.Zone, err)
	}
	return HostedZone{c.Domain, found.ZoneId, provider}, nil
}

// NewRecords creates the records of the trip called name. They change only after
// every server in them is verified.
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
	records := map[string]pulumi.StringArray{"A": addresses}
	if args.IPv6 {
		records["AAAA"] = addresses6
	}
	for _, kind := range slices.Sorted(maps.Keys(records)) {
		_, err := route53.NewRecord(ctx, name+"-"+kind, &route53.RecordArgs{
			ZoneId:  pulumi.String(args.Zone.ID),
			Name:    pulumi.String(args.Zone.Domain.Name),
			Type:    pulumi.String(kind),
			Ttl:     pulumi.Int(recordTTL),
			Records: records[kind],
			// NewSurvey refuses records that are not the stack's.
			AllowOverwrite: pulumi.Bool(true),
		}, pulumi.Parent(r), pulumi.DependsOn(verified))
		if err != nil {
			return nil, err
		}
	}
	return r, ctx.RegisterResourceOutputs(r, pulumi.Map{})
}
