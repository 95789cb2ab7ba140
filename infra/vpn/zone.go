package vpn

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"tripvpn/infra/config"
)

// zonesOffering returns the region's availability zones that offer the instance
// type, sorted by name.
func zonesOffering(ctx *pulumi.Context, instanceType, region string, provider *aws.Provider) ([]string, error) {
	byZone := "availability-zone"
	offerings, err := ec2.GetInstanceTypeOfferings(ctx, &ec2.GetInstanceTypeOfferingsArgs{
		LocationType: &byZone,
		Filters:      []ec2.GetInstanceTypeOfferingsFilter{{Name: "instance-type", Values: []string{instanceType}}},
	}, pulumi.Provider(provider))
	if err != nil {
		return nil, fmt.Errorf("looking up the zones that offer %q: %w", instanceType, err)
	}
	return availabilityZones(region, offerings.Locations), nil
}

// availabilityZones returns the availability zones among locations, sorted by
// name, which is the region and one letter. Local Zones and Wavelength Zones
// (us-east-1-bos-1a) would sort first, but an account must opt in to them.
func availabilityZones(region string, locations []string) []string {
	zones := slices.DeleteFunc(slices.Clone(locations), func(zone string) bool {
		return !strings.HasPrefix(zone, region) || len(zone) != len(region)+1
	})
	slices.Sort(zones)
	return zones
}

// chooseZone returns the zone of the server: of one that exists, its own;
// otherwise the configured one, or the first. A zone must offer a type that is new
// there.
func chooseZone(problems *config.Problems, c config.Config, region Region) string {
	configured := c.Zone(region.Code)
	switch server := region.Server; {
	case server.ID != "":
		if server.Type != c.InstanceType && !slices.Contains(region.Offering, server.Zone) {
			problems.Add("instanceType", c.InstanceType,
				fmt.Sprintf("is not offered in zone %s, where the server is", server.Zone),
				"keep "+config.Set("instanceType", server.Type)+", or choose another type")
		}
		return server.Zone
	case len(region.Offering) == 0:
		problems.Add("instanceType", c.InstanceType, "is not offered in region "+region.Code, "choose another type, or another region")
	case configured != "" && !slices.Contains(region.Offering, configured):
		problems.Add(config.Item("availabilityZones", c.ZoneIndex(region.Code)), configured,
			"does not offer the instance type "+c.InstanceType, "choose one of "+strings.Join(region.Offering, ", "))
	case configured != "":
		return configured
	default:
		return region.Offering[0]
	}
	return ""
}
