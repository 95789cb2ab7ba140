package bridge

import (
	"context"
	"fmt"

	"github.com/pulumi/pulumi-go-provider/infer"
)

// GetEips is aws:ec2/getEips:getEips.
type GetEips struct{}

// GetEipsArgs are its arguments.
type GetEipsArgs struct {
	Filters []FilterArg       `pulumi:"filters,optional"`
	Tags    map[string]string `pulumi:"tags,optional"`
}

// GetEipsResult is its result: two lists of the same order.
type GetEipsResult struct {
	GetEipsArgs
	AllocationIds []string `pulumi:"allocationIds"`
	PublicIps     []string `pulumi:"publicIps"`
}

// Annotate names the function.
func (GetEips) Annotate(a infer.Annotator) { a.SetToken("ec2/getEips", "getEips") }

// Invoke calls DescribeAddresses.
func (GetEips) Invoke(
	ctx context.Context, req infer.FunctionRequest[GetEipsArgs],
) (infer.FunctionResponse[GetEipsResult], error) {
	result := GetEipsResult{GetEipsArgs: req.Input, AllocationIds: []string{}, PublicIps: []string{}}
	found, err := backend(ctx).SelectAddresses(filtersOf(req.Input.Tags, req.Input.Filters)...)
	if err != nil {
		return answer(result, fmt.Errorf("reading EC2 EIPs: %w", err))
	}
	for _, a := range found {
		result.AllocationIds = append(result.AllocationIds, a.AllocationID)
		result.PublicIps = append(result.PublicIps, a.Public.String())
	}
	return answer(result, nil)
}
