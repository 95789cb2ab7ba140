package vpn

import (
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"tripvpn/infra/config"
)

// AMI is an Amazon Machine Image.
type AMI struct {
	ID           string // "ami-0123456789abcdef0"
	Name         string // "debian-13-arm64-20260801-2191"
	Architecture string // as EC2 spells it
	RootGiB      int    // the least that a root volume must have
}

const (
	// leastDiskGiB is the size of a root volume, unless the image needs more.
	leastDiskGiB = 8

	diskType = "gp3"
)

// diskGiB returns the size of the root volume of a server with the image.
func (i AMI) diskGiB() int { return max(leastDiskGiB, i.RootGiB) }

// LookupImage looks up the configured AMI, or the release's newest AMI.
func LookupImage(ctx *pulumi.Context, c config.Config, provider *aws.Provider) (AMI, error) {
	found, err := ec2.LookupAmi(ctx, imageCriteria(c.Image, c.Architecture), pulumi.Provider(provider))
	if err != nil {
		return AMI{}, fmt.Errorf("looking up image %q: %w", c.Image.Name, err)
	}
	return AMI{found.ImageId, found.Name, found.Architecture, rootGiB(found)}, nil
}

// imageCriteria accepts a deprecated AMI only if it is configured by its ID. It
// does not use the distributors' public SSM parameters, because the provider
// marks every parameter's value secret, and the Go SDK refuses a secret as a
// plain result.
func imageCriteria(i config.Image, a config.Architecture) *ec2.LookupAmiArgs {
	yes := true
	if i.AMI != "" {
		return &ec2.LookupAmiArgs{
			Filters:           []ec2.GetAmiFilter{{Name: "image-id", Values: []string{i.AMI}}},
			IncludeDeprecated: &yes,
		}
	}
	return &ec2.LookupAmiArgs{
		MostRecent: &yes,
		Owners:     []string{i.Owner()},
		Filters:    []ec2.GetAmiFilter{{Name: "name", Values: []string{i.Pattern(a)}}},
	}
}

// rootGiB returns the size of the snapshot that the root volume is made from; 0 if
// the answer does not contain it.
func rootGiB(ami *ec2.LookupAmiResult) int {
	for _, device := range ami.BlockDeviceMappings {
		if device.DeviceName == ami.RootDeviceName {
			size, _ := strconv.Atoi(device.Ebs["volume_size"])
			return size
		}
	}
	return 0
}

// checkImage requires that the AMI fits the instance type, and is Debian or Ubuntu.
func checkImage(problems *config.Problems, c config.Config, region Region) {
	if ami := region.Image; ami.Architecture != c.Architecture.EC2() {
		problems.Add("image", c.Image.Name,
			fmt.Sprintf("is for %s, while instance type %s is %s", ami.Architecture, c.InstanceType, c.Architecture.EC2()),
			"choose an image and an instance type of the same architecture")
	}
	if !config.RunsOn(region.Image.Name) {
		problems.Add("image", c.Image.Name,
			fmt.Sprintf("is %q in region %s, a name that contains neither debian nor ubuntu", region.Image.Name, region.Code),
			config.Set("image", "debian-13")+", or give a copy of an AMI that is made from one of them such a name")
	}
}
