package bridge

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi-go-provider/infer"

	"tripvpn/lab/cloud/ec2"
)

// answer is the end of every function.
func answer[O any](output O, err error) (infer.FunctionResponse[O], error) {
	return infer.FunctionResponse[O]{Output: output}, err
}

// FilterArg is a filter of a function.
type FilterArg struct {
	Name   string   `pulumi:"name"`
	Values []string `pulumi:"values"`
}

// GetAmi is aws:ec2/getAmi:getAmi.
type GetAmi struct{}

// GetAmiArgs are its arguments.
type GetAmiArgs struct {
	Filters           []FilterArg `pulumi:"filters,optional"`
	IncludeDeprecated *bool       `pulumi:"includeDeprecated,optional"`
	MostRecent        *bool       `pulumi:"mostRecent,optional"`
	Owners            []string    `pulumi:"owners,optional"`
}

// GetAmiResult is its result.
type GetAmiResult struct {
	GetAmiArgs
	Architecture        string               `pulumi:"architecture"`
	BlockDeviceMappings []BlockDeviceMapping `pulumi:"blockDeviceMappings"`
	ImageId             string               `pulumi:"imageId"`
	Name                string               `pulumi:"name"`
	OwnerId             string               `pulumi:"ownerId"`
	RootDeviceName      string               `pulumi:"rootDeviceName"`
}

// BlockDeviceMapping is a disk of an image. The keys of Ebs are upstream's
// own, "volume_size", and its values are text.
type BlockDeviceMapping struct {
	DeviceName  string            `pulumi:"deviceName"`
	Ebs         map[string]string `pulumi:"ebs"`
	NoDevice    string            `pulumi:"noDevice"`
	VirtualName string            `pulumi:"virtualName"`
}

// Annotate names the function.
func (GetAmi) Annotate(a infer.Annotator) { a.SetToken("ec2/getAmi", "getAmi") }

// Invoke calls DescribeImages. It is an error if there is not exactly one
// image, or with mostRecent at least one.
func (GetAmi) Invoke(
	ctx context.Context, req infer.FunctionRequest[GetAmiArgs],
) (infer.FunctionResponse[GetAmiResult], error) {
	image, err := findImage(backend(ctx), req.Input)
	return answer(GetAmiResult{
		GetAmiArgs: req.Input, Architecture: image.Architecture, BlockDeviceMappings: []BlockDeviceMapping{rootDisk(image)},
		ImageId: image.ID, Name: image.Name, OwnerId: image.Owner, RootDeviceName: image.RootDevice,
	}, err)
}

// rootDisk is an image's one disk (flattenAMIBlockDeviceMappings in
// internal/service/ec2/ec2_ami_data_source.go).
func rootDisk(image ec2.Image) BlockDeviceMapping {
	return BlockDeviceMapping{DeviceName: image.RootDevice, Ebs: map[string]string{
		"delete_on_termination": "true", "encrypted": "false", "iops": "0", "snapshot_id": image.Snapshot(),
		"throughput": "0", "volume_size": strconv.Itoa(image.SizeGiB), "volume_type": "gp2",
	}}
}

func findImage(r *ec2.Region, args GetAmiArgs) (ec2.Image, error) {
	found, err := r.DescribeImages(ec2.ImageQuery{
		Filters: filtersOf(nil, args.Filters), Owners: args.Owners, IncludeDeprecated: value(args.IncludeDeprecated),
	})
	switch {
	case err != nil:
		return ec2.Image{}, fmt.Errorf("reading EC2 AMIs: %w", err)
	case len(found) == 0:
		//lint:ignore ST1005 the provider's own words
		return ec2.Image{}, errors.New("Your query returned no results. Please change your search criteria and try again.")
	case len(found) > 1 && !value(args.MostRecent):
		//lint:ignore ST1005 the provider's own words
		return ec2.Image{}, errors.New("Your query returned more than one result. " +
			"Please try a more specific search criteria, or set `most_recent` attribute to true.")
	}
	return found[len(found)-1], nil
}
