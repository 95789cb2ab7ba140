package bridge

import (
	"context"
	"fmt"

	"github.com/pulumi/pulumi-go-provider/infer"
)

// GetInstanceTypeOfferings is
// aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings.
type GetInstanceTypeOfferings struct{}

// GetInstanceTypeOfferingsArgs are its arguments.
type GetInstanceTypeOfferingsArgs struct {
	Filters      []FilterArg `pulumi:"filters,optional"`
	LocationType *string     `pulumi:"locationType,optional"`
}

// GetInstanceTypeOfferingsResult is its result: three lists of the same length.
type GetInstanceTypeOfferingsResult struct {
	GetInstanceTypeOfferingsArgs
	InstanceTypes []string `pulumi:"instanceTypes"`
	LocationTypes []string `pulumi:"locationTypes"`
	Locations     []string `pulumi:"locations"`
}

// Annotate names the function.
func (GetInstanceTypeOfferings) Annotate(a infer.Annotator) {
	a.SetToken("ec2/getInstanceTypeOfferings", "getInstanceTypeOfferings")
}

// Invoke calls DescribeInstanceTypeOfferings, by zone and not by region.
func (GetInstanceTypeOfferings) Invoke(
	ctx context.Context, req infer.FunctionRequest[GetInstanceTypeOfferingsArgs],
) (infer.FunctionResponse[GetInstanceTypeOfferingsResult], error) {
	result := GetInstanceTypeOfferingsResult{
		GetInstanceTypeOfferingsArgs: req.Input, InstanceTypes: []string{}, LocationTypes: []string{}, Locations: []string{},
	}
	if value(req.Input.LocationType) != "availability-zone" {
		return answer(result, unsupported("offerings by anything but locationType \"availability-zone\""))
	}
	var types []string
	for _, f := range req.Input.Filters {
		if f.Name != "instance-type" {
			return answer(result, unsupported(fmt.Sprintf("filter %q on instance type offerings", f.Name)))
		}
		types = f.Values
	}
	offerings, err := backend(ctx).Offerings(types...)
	if err != nil {
		return answer(result, fmt.Errorf("reading EC2 Instance Type Offerings: %w", err))
	}
	for _, offering := range offerings {
		result.InstanceTypes = append(result.InstanceTypes, offering.Type)
		result.Locations = append(result.Locations, offering.Zone)
		result.LocationTypes = append(result.LocationTypes, "availability-zone")
	}
	return answer(result, nil)
}
