package bridge

import (
	"context"
	"fmt"
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

// GetInstancesResult is its result.
type GetInstancesResult struct {
	GetInstancesArgs
	Ids           []string `pulumi:"ids"`
	Ipv6Addresses []string `pulumi:"ipv6Addresses"`
	PrivateIps    []string `pulumi:"privateIps"`
	PublicIps     []string `pulumi:"publicIps"`
}

// Annotate names the function.
func (GetInstances) Annotate(a infer.Annotator) { a.SetToken("ec2/getInstances", "getInstances") }

// Invoke calls DescribeInstances. Upstream asks for those that run, unless states
// are given (internal/service/ec2/ec2_instances_data_source.go).
func (GetInstances) Invoke(
	ctx context.Context, req infer.FunctionRequest[GetInstancesArgs],
) (infer.FunctionResponse[GetInstancesResult], error) {
	result := GetInstancesResult{
		GetInstancesArgs: req.Input, Ids: []string{}, Ipv6Addresses: []string{}, PrivateIps: []string{}, PublicIps: []string{},
	}
	if len(req.Input.Filters) > 0 {
		return answer(result, unsupported(fmt.Sprintf("filter %q on instances", req.Input.Filters[0].Name)))
	}
	states := req.Input.InstanceStateNames
	if len(states) == 0 {
		states = []string{ec2.Running}
	}
	addresses := publicAddresses(backend(ctx))
	for _, i := range backend(ctx).DescribeInstances() {
		if !slices.Contains(states, i.State) || !carries(i.Tags, req.Input.InstanceTags) {
			continue
		}
		result.Ids = append(result.Ids, i.ID)
		result.PrivateIps = append(result.PrivateIps, i.Address.String())
		if i.Address6.IsValid() {
			result.Ipv6Addresses = append(result.Ipv6Addresses, i.Address6.String())
		}
		if public, has := addresses[i.ID]; has {
			result.PublicIps = append(result.PublicIps, public)
		}
	}
	return answer(result, nil)
}

// publicAddresses are the Elastic IPs by the instances that they lead to.
func publicAddresses(r *ec2.Region) map[string]string {
	found := map[string]string{}
	for _, a := range r.DescribeAddresses() {
		if a.InstanceID != "" {
			found[a.InstanceID] = a.Public.String()
		}
	}
	return found
}

// carries reports whether a resource has all of the wanted tags.
func carries(tags, wanted map[string]string) bool {
	for key, value := range wanted {
		if actual, tagged := tags[key]; !tagged || actual != value {
			return false
		}
	}
	return true
}
