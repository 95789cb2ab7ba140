package bridge_test

import (
	"testing"

	sdk "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"

	"tripvpn/lab/cloud/ec2"
)

func TestAServerGetsAnotherType(t *testing.T) {
	e := start(t)
	s := standard("us-east-1")
	before := e.server(servers(s))
	id := before["instance"].(string)
	e.datacenter.Calls()

	s.instanceType = "t3.micro"
	require.Equal(t, 1, e.preview(servers(s))["update"])
	require.Empty(t, e.datacenter.Calls())
	require.Equal(t, before, e.server(servers(s)), "the same instance at the same address")
	require.Equal(t, []string{"stop us-east-1 " + id, "start us-east-1 " + id}, e.datacenter.Calls())
	require.Equal(t, ec2.Running, e.stateOf(id))
	e.unchanged(servers(s))

	e.datacenter.PowerOff(id)
	s.instanceType = "t3.small"
	e.up(servers(s))
	require.Equal(t, ec2.Running, e.stateOf(id), "a stopped one starts, too")
	e.refresh()
	e.unchanged(servers(s))
	e.destroy()
}

func TestAnotherArchitectureIsAnotherServer(t *testing.T) {
	e := start(t)
	s := standard("us-east-1")
	id := e.server(servers(s))["instance"].(string)
	s.instanceType, s.architecture = "t4g.nano", "arm64"
	require.Equal(t, 2, e.preview(servers(s))["replace"], "the instance and its association")
	require.NotEqual(t, id, e.server(servers(s))["instance"])
	e.destroy()
}

// The stack of the program refreshes before each up.
func TestATypeThatCannotStartIsTakenBack(t *testing.T) {
	e := start(t)
	s := standard("us-east-1")
	s.instanceType, s.power = "m6i.large", "running"
	s.change = func(args *sdk.InstanceArgs) { args.CreditSpecification = nil }
	id := e.server(servers(s))["instance"].(string)
	s.zone, s.instanceType = e.exported("us-east-1")["zone"].(string), "t3.nano"
	require.Equal(t, "us-east-1a", s.zone)
	e.refused(servers(s), "starting EC2 Instance ("+id+"): api error Unsupported: Your requested instance type (t3.nano) "+
		"is not supported in your requested Availability Zone (us-east-1a).")
	require.Equal(t, ec2.Stopped, e.stateOf(id))

	s.instanceType = "m6i.large"
	e.refresh()
	e.up(servers(s))
	require.Equal(t, ec2.Running, e.stateOf(id))
	e.refresh()
	e.unchanged(servers(s))
	e.destroy()
}

// credits are those of a state, or of EC2.
func (m made) credits() string {
	spec := m.state["creditSpecification"]
	if !spec.IsObject() {
		return ""
	}
	return spec.ObjectValue()["cpuCredits"].StringValue()
}

func TestCreditsOfAnotherType(t *testing.T) {
	a := configured(t, props{})
	burstable := with(a.instance(), "creditSpecification", props{"cpuCredits": "standard"})
	plain := with(burstable, "creditSpecification", nil)
	machine := a.create(instanceType, burstable)
	credits := func() string {
		i, err := a.region().DescribeInstance(machine.id)
		require.NoError(t, err)
		return i.Settings.Credits
	}
	require.Equal(t, "standard", credits())

	machine, err := a.update(instanceType, machine, with(plain, "instanceType", "m6i.large"))
	require.NoError(t, err)
	require.Empty(t, credits())
	require.Equal(t, "standard", machine.credits(), "upstream keeps them in the state")

	// Upstream sees no change of the credits, and EC2 chooses its own.
	machine, err = a.update(instanceType, machine, burstable)
	require.NoError(t, err)
	require.Equal(t, "unlimited", credits())
	require.Equal(t, "unlimited", machine.credits())
	resp, err := a.Diff(t.Context(), &rpc.DiffRequest{
		Id: machine.id, Urn: urn(instanceType), Olds: a.wire(machine.state), OldInputs: a.wire(bag(burstable)), News: a.wire(bag(burstable)),
	})
	require.NoError(t, err)
	require.Equal(t, rpc.DiffResponse_DIFF_SOME, resp.GetChanges(), "the next up repairs it")
	_, err = a.update(instanceType, machine, burstable)
	require.NoError(t, err)
	require.Equal(t, "standard", credits())
}

func TestCreditsOfATypeWithout(t *testing.T) {
	a := configured(t, props{})
	inputs := with(with(a.instance(), "instanceType", "m6i.large"), "creditSpecification", props{"cpuCredits": "standard"})
	machine := a.create(instanceType, inputs)
	require.Equal(t, "standard", machine.credits(), "they do nothing")
	machine, err := a.update(instanceType, machine, with(inputs, "creditSpecification", props{"cpuCredits": "unlimited"}))
	require.NoError(t, err)
	require.Equal(t, "unlimited", machine.credits())
	without := a.create(instanceType, with(inputs, "creditSpecification", resource.NewNullProperty()))
	require.Empty(t, without.credits())
}
