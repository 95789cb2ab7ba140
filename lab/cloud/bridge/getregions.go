package bridge

import (
	"context"
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-go-provider/infer"

	"tripvpn/lab/cloud/ec2"
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

// Invoke calls DescribeRegions. Without allRegions it lists those that the account
// has enabled.
func (GetRegions) Invoke(ctx context.Context, req infer.FunctionRequest[GetRegionsArgs]) (infer.FunctionResponse[GetRegionsResult], error) {
	result := GetRegionsResult{GetRegionsArgs: req.Input, Names: []string{}}
	cloud := infer.GetConfig[*Config](ctx).cloud
	for _, f := range req.Input.Filters {
		if f.Name != "opt-in-status" {
			return answer(result, unsupported(fmt.Sprintf("filter %q on regions", f.Name)))
		}
	}
	for _, region := range cloud.Regions() {
		status := cloud.OptInStatus(region)
		if status == ec2.NotOptedIn && !value(req.Input.AllRegions) {
			continue
		}
		if !slices.ContainsFunc(req.Input.Filters, func(f FilterArg) bool { return !slices.Contains(f.Values, status) }) {
			result.Names = append(result.Names, region)
		}
	}
	return answer(result, nil)
}
