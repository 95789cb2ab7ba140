package vpn

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/resourcegroupstaggingapi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Live is what AWS has of this stack in one region, by its tags.
type Live struct {
	Instances  []string // IDs; none that is terminated, or about to be
	Addresses6 []string // of the instances
	Elastic    []string // allocation IDs
	Addresses  []string // the Elastic IP addresses

	// Others are the resources that are free of charge, as AWS's tagging API names
	// them: "vpc/vpc-0123456789abcdef0". For some minutes, it also lists deleted
	// ones.
	Others []string
}

// SurveyLive looks up what carries the stack's tags. EC2 answers for instances and
// addresses, which cost money; the tagging API for all other types in one call.
func SurveyLive(ctx *pulumi.Context, provider *aws.Provider) (Live, error) {
	instances, err := ec2.GetInstances(ctx, &ec2.GetInstancesArgs{
		InstanceTags:       stackTags(ctx),
		InstanceStateNames: []string{"pending", "running", "stopping", "stopped"},
	}, pulumi.Provider(provider))
	if err != nil {
		return Live{}, fmt.Errorf("looking up the stack's instances: %w", err)
	}
	elastic, err := ec2.GetEips(ctx, &ec2.GetEipsArgs{Tags: stackTags(ctx)}, pulumi.Provider(provider))
	if err != nil {
		return Live{}, fmt.Errorf("looking up the stack's addresses: %w", err)
	}
	live := Live{
		Instances: instances.Ids, Addresses6: instances.Ipv6Addresses,
		Elastic: elastic.AllocationIds, Addresses: elastic.PublicIps,
	}
	live.Others, err = others(ctx, provider)
	return live, err
}

func others(ctx *pulumi.Context, provider *aws.Provider) ([]string, error) {
	args := &resourcegroupstaggingapi.GetResourcesArgs{}
	for _, kind := range freeKinds {
		args.ResourceTypeFilters = append(args.ResourceTypeFilters, "ec2:"+kind.name)
	}
	for key, value := range stackTags(ctx) {
		args.TagFilters = append(args.TagFilters, resourcegroupstaggingapi.GetResourcesTagFilter{Key: key, Values: []string{value}})
	}
	found, err := resourcegroupstaggingapi.GetResources(ctx, args, pulumi.Provider(provider))
	if err != nil {
		return nil, fmt.Errorf("looking up the stack's tags: %w", err)
	}
	var names []string
	for _, resource := range found.ResourceTagMappingLists {
		// arn:aws:ec2:us-east-1:123456789012:vpc/vpc-0123456789abcdef0
		names = append(names, resource.ResourceArn[strings.LastIndex(resource.ResourceArn, ":")+1:])
	}
	return names, nil
}

// stackTags are the tags of all resources of the stack, in any region.
func stackTags(ctx *pulumi.Context) map[string]string {
	return map[string]string{tagProject: ctx.Project(), tagStack: ctx.Stack()}
}
