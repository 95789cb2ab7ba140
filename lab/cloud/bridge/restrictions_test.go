package bridge_test

import (
	"testing"

	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"

	"tripvpn/lab/cloud/ec2"
)

func TestALackOfCapacityIsRetried(t *testing.T) {
	e := start(t)
	region, err := e.cloud.Region("us-east-1")
	require.NoError(t, err)
	none := ec2.Restrictions{NoCapacity: []ec2.Offering{{Type: "t3.nano", Zone: "us-east-1b"}}}
	e.cloud.Restrict(none)
	s := standard("us-east-1")
	e.refused(servers(s), "creating EC2 Instance: operation error EC2: RunInstances, exceeded maximum number of attempts, 25, "+
		"api error InsufficientInstanceCapacity: We currently do not have sufficient t3.nano capacity in the Availability Zone "+
		"you requested (us-east-1b).")
	require.Equal(t, 25, region.Attempts("RunInstances"), "the provider's default")

	s.maxRetries = 3
	e.refused(servers(s), "exceeded maximum number of attempts, 3, ")
	require.Equal(t, 28, region.Attempts("RunInstances"))
	e.cloud.Restrict(ec2.Restrictions{})
	id := e.server(servers(s))["instance"].(string)
	require.Equal(t, 29, region.Attempts("RunInstances"))

	e.cloud.Restrict(none)
	e.datacenter.PowerOff(id)
	s.power = "running"
	e.refused(servers(s), "starting EC2 Instance ("+id+"): operation error EC2: StartInstances, exceeded maximum number of "+
		"attempts, 3, api error InsufficientInstanceCapacity: Insufficient capacity.")
	require.Equal(t, 3, region.Attempts("StartInstances"))
	e.destroy()
}

func TestMaxRetriesChangesAProviderInPlace(t *testing.T) {
	e := start(t)
	s := standard("us-east-1")
	e.up(servers(s))
	s.maxRetries = 3
	require.Equal(t, map[string]int{"same": 11, "update": 1}, e.preview(servers(s)))
	e.destroy()
}

func TestOtherRefusalsAreNotRetried(t *testing.T) {
	for name, c := range map[string]struct {
		restrictions ec2.Restrictions
		words        string
	}{
		"the free plan": {ec2.Restrictions{FreePlan: true}, "creating EC2 Instance: api error InvalidParameterCombination: "},
		"the quota":     {ec2.Restrictions{VCPUs: 1}, "creating EC2 Instance: api error VcpuLimitExceeded: "},
		"a policy":      {ec2.Restrictions{Denied: []string{"RunInstances"}}, "creating EC2 Instance: api error UnauthorizedOperation: "},
	} {
		t.Run(name, func(t *testing.T) {
			a := configured(t, props{})
			inputs := a.instance()
			a.cloud.Restrict(c.restrictions)
			_, err := a.try(instanceType, inputs, false)
			require.ErrorContains(t, err, c.words)
			require.Equal(t, 1, a.region().Attempts("RunInstances"))
		})
	}
}

func TestDeniedActionsReachTheOperator(t *testing.T) {
	a := configured(t, props{})
	for action, c := range map[string]struct {
		call  func() error
		words string
	}{
		"CreateInternetGateway": {func() error { _, err := a.try(gatewayType, props{}, false); return err }, "creating EC2 InternetGateway: "},
		"AllocateAddress":       {func() error { _, err := a.try(eipType, props{}, false); return err }, "creating EC2 Eip: "},
		"DescribeInstanceTypeOfferings": {func() error {
			_, _, err := a.invoke(getOfferings, props{"locationType": "availability-zone"})
			return err
		}, "reading EC2 Instance Type Offerings: "},
		"DescribeImages": {func() error { _, _, err := a.invoke(getAmi, props{}); return err }, "reading EC2 AMIs: "},
	} {
		a.cloud.Restrict(ec2.Restrictions{Denied: []string{action}})
		err := c.call()
		require.ErrorContains(t, err, c.words+"api error UnauthorizedOperation: You are not authorized to perform this operation.")
		require.ErrorContains(t, err, "ec2:"+action)
	}
}

func TestMaxRetriesIsASetting(t *testing.T) {
	a := attach(t)
	resp, err := a.CheckConfig(t.Context(), &rpc.CheckRequest{News: a.wire(bag(props{"region": "us-east-1", "maxRetries": 3}))})
	require.NoError(t, err)
	require.Empty(t, resp.GetFailures())
	require.NoError(t, a.configure(props{"region": "us-east-1", "maxRetries": 0}))
	inputs := a.instance()
	a.cloud.Restrict(ec2.Restrictions{NoCapacity: []ec2.Offering{{Type: "t3.nano", Zone: "us-east-1b"}}})
	_, err = a.try(instanceType, inputs, false)
	require.ErrorContains(t, err, "exceeded maximum number of attempts, 25, ")
}
