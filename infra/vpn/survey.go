package vpn

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"tripvpn/infra/config"
)

// Region is an AWS region to run a server in, with what AWS answered about it.
type Region struct {
	Code             string // "us-east-1"
	Provider         *aws.Provider
	AvailabilityZone string // one that offers the instance type
	AMI              string
	LoginUser        string
}

// Survey holds the answers of AWS from before the first resource.
type Survey struct {
	Regions []Region
	Zone    HostedZone // zero without a domain
}

// NewSurvey queries every region, and Route 53 if there is a domain.
func NewSurvey(ctx *pulumi.Context, c config.Config) (Survey, error) {
	regions, err := SurveyRegions(ctx, c)
	if err != nil || c.Domain == (config.Domain{}) {
		return Survey{Regions: regions}, err
	}
	zone, err := SurveyHostedZone(ctx, c)
	return Survey{regions, zone}, err
}

// SurveyRegions looks up what a server needs in every region. It creates nothing
// but providers, and collects every problem, so that a stack is refused before
// its first resource.
func SurveyRegions(ctx *pulumi.Context, c config.Config) ([]Region, error) {
	var regions []Region
	var problems config.Problems
	for i, code := range c.Regions {
		provider, err := newProvider(ctx, c, code, code)
		if err != nil {
			return nil, err
		}
		region, found, err := surveyRegion(ctx, c, code, provider)
		if err != nil {
			return nil, fmt.Errorf("querying region %q (%s): %w%s", code, config.Item("regions", i), err, accessHint(err))
		}
		regions = append(regions, region)
		problems = append(problems, found...)
	}
	return regions, problems.Err()
}

func surveyRegion(ctx *pulumi.Context, c config.Config, code string, provider *aws.Provider) (Region, config.Problems, error) {
	region := Region{Code: code, Provider: provider}
	var problems config.Problems
	zone, err := zoneOffering(ctx, c.InstanceType, code, provider)
	if err != nil {
		return region, nil, err
	}
	if region.AvailabilityZone = zone; zone == "" {
		problems.Add("instanceType", c.InstanceType,
			"is not offered in region "+code, "choose another type, or another region")
	}
	ami, err := ec2.LookupAmi(ctx, imageCriteria(c.Image, c.Architecture), pulumi.Provider(provider))
	if err != nil {
		return region, nil, fmt.Errorf("looking up image %q: %w", c.Image.Name, err)
	}
	user, wrong := inspectAMI(c, code, ami)
	region.AMI, region.LoginUser = ami.ImageId, user
	return region, append(problems, wrong...), nil
}

// imageCriteria returns the look-up of the AMI, or of a release's newest AMI. It
// does not use the distributors' public SSM parameters, because the provider
// marks every parameter's value secret, and the Go SDK refuses a secret as a
// plain result.
func imageCriteria(i config.Image, a config.Architecture) *ec2.LookupAmiArgs {
	if i.AMI != "" {
		return &ec2.LookupAmiArgs{Filters: []ec2.GetAmiFilter{{Name: "image-id", Values: []string{i.AMI}}}}
	}
	newest := true
	return &ec2.LookupAmiArgs{
		MostRecent: &newest,
		Owners:     []string{i.Owner()},
		Filters:    []ec2.GetAmiFilter{{Name: "name", Values: []string{i.Pattern(a)}}},
	}
}

// zoneOffering returns the first zone of the region, sorted by name, that offers
// the instance type, or "".
func zoneOffering(ctx *pulumi.Context, instanceType, region string, provider *aws.Provider) (string, error) {
	byZone := "availability-zone"
	offerings, err := ec2.GetInstanceTypeOfferings(ctx, &ec2.GetInstanceTypeOfferingsArgs{
		LocationType: &byZone,
		Filters:      []ec2.GetInstanceTypeOfferingsFilter{{Name: "instance-type", Values: []string{instanceType}}},
	}, pulumi.Provider(provider))
	if err != nil {
		return "", fmt.Errorf("looking up the zones that offer %q: %w", instanceType, err)
	}
	return firstZone(region, offerings.Locations), nil
}

// firstZone returns the first availability zone, or "". The name of one is the
// region and one letter. Local Zones and Wavelength Zones (us-east-1-bos-1a)
// would sort first, but an account must opt in to them.
func firstZone(region string, locations []string) string {
	zones := slices.DeleteFunc(slices.Clone(locations), func(zone string) bool {
		return !strings.HasPrefix(zone, region) || len(zone) != len(region)+1
	})
	if len(zones) == 0 {
		return ""
	}
	return slices.Min(zones)
}

// inspectAMI checks that the AMI fits the instance type, and returns its login
// user.
func inspectAMI(c config.Config, code string, ami *ec2.LookupAmiResult) (string, config.Problems) {
	var problems config.Problems
	if ami.Architecture != c.Architecture.EC2() {
		problems.Add("image", c.Image.Name,
			fmt.Sprintf("is for %s, while instance type %s is %s", ami.Architecture, c.InstanceType, c.Architecture.EC2()),
			"choose an image and an instance type of the same architecture")
	}
	user, known := config.LoginUser(ami.Name)
	if !known {
		problems.Add("image", c.Image.Name,
			fmt.Sprintf("is %q in region %s, which is not an image of Debian or Ubuntu", ami.Name, code),
			config.Set("image", "debian-13"))
	}
	return user, problems
}

// notEnabled matches the errors of a region that the account has not enabled.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html
var notEnabled = regexp.MustCompile(`OptInRequired|AuthFailure|InvalidClientTokenId|UnrecognizedClientException`)

func accessHint(err error) string {
	if !notEnabled.MatchString(err.Error()) {
		return ""
	}
	return "; if your credentials work in other regions, enable this one: AWS console, Account, AWS Regions"
}
