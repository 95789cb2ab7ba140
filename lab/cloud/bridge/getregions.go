package bridge

import (
	"context"
	"fmt"

	"github.com/pulumi/pulumi-go-provider/infer"
)

// GetRegions is aws:index/getRegions:getRegions.
type GetRegions struct{}

// GetRegionsArgs are its arguments.
type GetRegionsArgs struct {
	AllRegions *bool       `pulumi:"allRegions,optional"`
	Filters    []FilterArg `pulumi:"filters,optional"`
}

// GetRegionsResult is its result.
type GetRegionsResult struct {
	GetRegionsArgs
	Names []string `pulumi:"names"`
}

// Annotate names the function.
func (GetRegions) Annotate(a infer.Annotator) { a.SetToken("index/getRegions", "getRegions") }

// Invoke calls DescribeRegions (internal/service/meta/regions_data_source.go).
// Without allRegions it lists those that the account has enabled.
func (GetRegions) Invoke(
	ctx context.Context, req infer.FunctionRequest[GetRegionsArgs],
) (infer.FunctionResponse[GetRegionsResult], error) {
	result := GetRegionsResult{GetRegionsArgs: req.Input, Names: []string{}}
	found, err := infer.GetConfig[*Config](ctx).cloud.
		DescribeRegions(value(req.Input.AllRegions), filtersOf(nil, req.Input.Filters)...)
	if err != nil {
		return answer(result, fmt.Errorf("reading Regions: %w", err))
	}
	result.Names = append(result.Names, found...)
	return answer(result, nil)
}
