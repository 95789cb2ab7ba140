package bridge

import (
	"context"
	"errors"

	"github.com/pulumi/pulumi-go-provider/infer"

	"tripvpn/lab/cloud/route53"
)

// GetZone is aws:route53/getZone:getZone.
type GetZone struct{}

// GetZoneArgs are its arguments.
type GetZoneArgs struct {
	Name        *string `pulumi:"name,optional"`
	PrivateZone *bool   `pulumi:"privateZone,optional"`
}

// GetZoneResult is its result.
type GetZoneResult struct {
	Arn         string `pulumi:"arn"`
	Name        string `pulumi:"name"`
	PrivateZone bool   `pulumi:"privateZone"`
	ZoneId      string `pulumi:"zoneId"`
}

// Annotate names the function.
func (GetZone) Annotate(a infer.Annotator) { a.SetToken("route53/getZone", "getZone") }

// Invoke calls ListHostedZones. It is an error if there is not exactly one
// zone of that name.
func (GetZone) Invoke(
	ctx context.Context, req infer.FunctionRequest[GetZoneArgs],
) (infer.FunctionResponse[GetZoneResult], error) {
	zone, err := findZone(zones(ctx), req.Input)
	return answer(GetZoneResult{Arn: zone.ARN(), Name: zone.Name, ZoneId: zone.ID}, err)
}

func findZone(z *route53.Zones, args GetZoneArgs) (route53.Zone, error) {
	var found []route53.Zone
	for _, zone := range z.ListHostedZones() {
		if !value(args.PrivateZone) && (args.Name == nil || route53.Normal(*args.Name) == zone.Name) {
			found = append(found, zone)
		}
	}
	switch len(found) {
	case 0:
		return route53.Zone{}, errors.New("no matching Route 53 Hosted Zone found")
	case 1:
		return found[0], nil
	}
	return route53.Zone{}, errors.New("multiple Route 53 Hosted Zones matched; " +
		"use additional constraints to reduce matches to a single Route 53 Hosted Zone")
}
