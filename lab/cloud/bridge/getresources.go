package bridge

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-go-provider/infer"
)

// GetResources is aws:resourcegroupstaggingapi/getResources:getResources.
type GetResources struct{}

// GetResourcesArgs are its arguments.
type GetResourcesArgs struct {
	ResourceTypeFilters []string    `pulumi:"resourceTypeFilters,optional"` // "ec2:vpc"
	TagFilters          []TagFilter `pulumi:"tagFilters,optional"`
}

// TagFilter matches resources with a tag that has one of the values.
type TagFilter struct {
	Key    string   `pulumi:"key"`
	Values []string `pulumi:"values,optional"`
}

// GetResourcesResult is its result.
type GetResourcesResult struct {
	GetResourcesArgs
	ResourceTagMappingLists []ResourceTagMapping `pulumi:"resourceTagMappingLists"`
}

// ResourceTagMapping is a resource. Upstream has its tags as well.
type ResourceTagMapping struct {
	ResourceArn string `pulumi:"resourceArn"`
}

// Annotate names the function.
func (GetResources) Annotate(a infer.Annotator) {
	a.SetToken("resourcegroupstaggingapi/getResources", "getResources")
}

// Invoke calls GetResources of the tagging API.
func (GetResources) Invoke(
	ctx context.Context, req infer.FunctionRequest[GetResourcesArgs],
) (infer.FunctionResponse[GetResourcesResult], error) {
	result := GetResourcesResult{GetResourcesArgs: req.Input, ResourceTagMappingLists: []ResourceTagMapping{}}
	tags := map[string]string{}
	for _, f := range req.Input.TagFilters {
		if len(f.Values) != 1 {
			return answer(result, unsupported(fmt.Sprintf("tag filter %q with %d values", f.Key, len(f.Values))))
		}
		tags[f.Key] = f.Values[0]
	}
	for _, arn := range backend(ctx).GetResources(tags) {
		if len(req.Input.ResourceTypeFilters) == 0 || slices.Contains(req.Input.ResourceTypeFilters, typeOf(arn)) {
			result.ResourceTagMappingLists = append(result.ResourceTagMappingLists, ResourceTagMapping{arn})
		}
	}
	return answer(result, nil)
}

// typeOf returns the type of an ARN's resource as filters spell it, "ec2:vpc" of
// arn:aws:ec2:us-east-1:123456789012:vpc/vpc-0123456789abcdef0.
func typeOf(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	kind, _, _ := strings.Cut(parts[5], "/")
	return parts[2] + ":" + kind
}
