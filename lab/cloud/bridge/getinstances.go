package bridge

import (
	"context"
	"fmt"
	"net/netip"
	"slices"

	"github.com/pulumi/pulumi-go-provider/infer"

	"tripvpn/lab/cloud/ec2"
)

// GetInstances is aws:ec2/getInstances:getInstances.
type GetInstances struct{}

// GetInstancesArgs are its arguments.
type GetInstancesArgs struct {
	Filters            []FilterArg       `pulumi:"filters,optional"`
	InstanceStateNames []string          `pulumi:"instanceStateNames,optional"`
	InstanceTags       map[string]string `pulumi:"instanceTags,optional"`
}

// GetInstancesResult is its result. A list of addresses has none for an instance
// without.
type GetInstancesResult struct {
	GetInstancesArgs
	Ids           []string `pulumi:"ids"`
	Ipv6Addresses []string `pulumi:"ipv6Addresses"`
	PrivateIps    []string `pulumi:"privateIps"`
	PublicIps     []string `pulumi:"publicIps"`
}

// Annotate names the function.
func (GetInstances) Annotate(a infer.Annotator) { a.SetToken("ec2/getInstances", "getInstances") }

// instanceStates are those that EC2 has, see
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceState.html.
var instanceStates = []string{ec2.Pending, ec2.Running, ec2.ShuttingDown, ec2.Terminated, ec2.Stopping, ec2.Stopped}

// Invoke calls DescribeInstances. Upstream asks for those that run, unless states
// are given (internal/service/ec2/ec2_instances_data_source.go).
func (GetInstances) Invoke(
	ctx context.Context, req infer.FunctionRequest[GetInstancesArgs],
) (infer.FunctionResponse[GetInstancesResult], error) {
	result := GetInstancesResult{
		GetInstancesArgs: req.Input, Ids: []string{}, Ipv6Addresses: []string{}, PrivateIps: []string{}, PublicIps: []string{},
	}
	found, err := findInstances(backend(ctx), req.Input)
	if err != nil {
		return answer(result, err)
	}
	public := publicAddresses(backend(ctx))
	for _, i := range found {
		result.Ids = append(result.Ids, i.ID)
		result.Ipv6Addresses = appendKnown(result.Ipv6Addresses, i.Address6)
		result.PrivateIps = appendKnown(result.PrivateIps, i.Address)
		result.PublicIps = appendKnown(result.PublicIps, public[i.ID])
	}
	return answer(result, nil)
}

func findInstances(r *ec2.Region, args GetInstancesArgs) ([]ec2.Instance, error) {
	states := args.InstanceStateNames
	if len(states) == 0 {
		states = []string{ec2.Running}
	}
	for _, state := range states {
		if !slices.Contains(instanceStates, state) {
			return nil, fmt.Errorf("expected instance_state_names to be one of %q, got %s", instanceStates, state)
		}
	}
	filters := filtersOf(args.InstanceTags, args.Filters)
	found, err := r.SelectInstances(append(filters, ec2.Filter{Name: "instance-state-name", Values: states})...)
	if err != nil {
		return nil, fmt.Errorf("reading EC2 Instances: %w", err)
	}
	return found, nil
}

// publicAddresses are the Elastic IPs by the instances that they lead to.
func publicAddresses(r *ec2.Region) map[string]netip.Addr {
	found := map[string]netip.Addr{}
	for _, a := range r.DescribeAddresses() {
		if a.InstanceID != "" {
			found[a.InstanceID] = a.Public
		}
	}
	return found
}

// appendKnown appends an address, unless there is none.
func appendKnown(texts []string, a netip.Addr) []string {
	if !a.IsValid() {
		return texts
	}
	return append(texts, a.String())
}
