package bridge

import (
	"context"

	"github.com/pulumi/pulumi-go-provider/infer"

	"tripvpn/lab/cloud/ec2"
)

// GetResources is aws:resourcegroupstaggingapi/getResources:getResources.
type GetResources struct{}

// GetResourcesArgs are its arguments.
type GetResourcesArgs struct {
	ResourceTypeFilters []string    `pulumi:"resourceTypeFilters,optional"` // "ec2:vpc"
	TagFilters          []TagFilter `pulumi:"tagFilters,optional"`
}

// TagFilter matches a resource with a tag of that key that has one of the values,
// or any if there are none.
type TagFilter struct {
	Key    string   `pulumi:"key"`
	Values []string `pulumi:"values,optional"`
}

// GetResourcesResult is its result.
type GetResourcesResult struct {
	GetResourcesArgs
	ResourceTagMappingLists []ResourceTagMapping `pulumi:"resourceTagMappingLists"`
}

// ResourceTagMapping is a resource.
type ResourceTagMapping struct {
	ResourceArn string            `pulumi:"resourceArn"`
	Tags        map[string]string `pulumi:"tags"`
}

// Annotate names the function.
func (GetResources) Annotate(a infer.Annotator) {
	a.SetToken("resourcegroupstaggingapi/getResources", "getResources")
}

// Invoke calls GetResources of the tagging API
// (internal/service/resourcegroupstaggingapi/resources_data_source.go).
func (GetResources) Invoke(
	ctx context.Context, req infer.FunctionRequest[GetResourcesArgs],
) (infer.FunctionResponse[GetResourcesResult], error) {
	result := GetResourcesResult{GetResourcesArgs: req.Input, ResourceTagMappingLists: []ResourceTagMapping{}}
	var filters []ec2.TagFilter
	for _, f := range req.Input.TagFilters {
		filters = append(filters, ec2.TagFilter(f))
	}
	for _, found := range backend(ctx).GetResources(filters, req.Input.ResourceTypeFilters) {
		result.ResourceTagMappingLists = append(result.ResourceTagMappingLists, ResourceTagMapping{found.ARN, found.Tags})
	}
	return answer(result, nil)
}
