package bridge_test

import (
	"testing"

	sdk "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"tripvpn/lab/cloud/ec2"
)

// terminating is a server whose shutdown is its end.
func terminating(region string) server {
	s := standard(region)
	s.change = func(args *sdk.InstanceArgs) { args.InstanceInitiatedShutdownBehavior = pulumi.String("terminate") }
	return s
}

// stateOf is an instance's state in the account.
func (e *engine) stateOf(id string) string {
	e.t.Helper()
	backend, err := e.cloud.Region("us-east-1")
	require.NoError(e.t, err)
	i, err := backend.DescribeInstance(id)
	require.NoError(e.t, err)
	return i.State
}

func TestAServerThatStopsItselfStays(t *testing.T) {
	e := start(t)
	s := standard("us-east-1")
	id := e.server(servers(s))["instance"].(string)
	e.datacenter.PowerOff(id)
	require.Zero(t, e.refresh()["delete"])
	require.Contains(t, e.state(), `"instanceState":"stopped"`)
	e.unchanged(servers(s))
	s.change = terminating("us-east-1").change
	require.Equal(t, 1, e.preview(servers(s))["update"])
	e.up(servers(s))
	require.Equal(t, ec2.Stopped, e.stateOf(id))
	e.destroy()
}

func TestWhatATerminatedInstanceAnswers(t *testing.T) {
	a := configured(t, props{})
	inputs := with(a.instance(), "instanceInitiatedShutdownBehavior", "terminate")
	machine, address := a.create(instanceType, inputs), a.create(eipType, props{})
	association := a.create(associationType, props{"allocationId": address.id, "instanceId": machine.id})
	require.Equal(t, "terminate", machine.text("instanceInitiatedShutdownBehavior"))
	a.datacenter.PowerOff(machine.id)

	require.False(t, a.exists(instanceType, machine))
	require.False(t, a.exists(associationType, association))
	require.True(t, a.exists(eipType, address))
	_, err := a.update(instanceType, machine, with(inputs, "tags", props{"Name": "other"}))
	require.ErrorContains(t, err, "api error IncorrectInstanceState: ")
	_, err = a.try(associationType, props{"allocationId": address.id, "instanceId": machine.id}, false)
	require.ErrorContains(t, err, "api error InvalidInstanceID: The terminated instance '"+machine.id+"'")
	require.NoError(t, a.delete(associationType, association))
	require.NoError(t, a.delete(instanceType, machine))
	require.NoError(t, a.delete(eipType, address))
}

func TestTheShutdownBehaviorIsEC2sOrTheProgramsChoice(t *testing.T) {
	a := configured(t, props{})
	inputs := a.instance()
	machine := a.create(instanceType, inputs)
	require.Equal(t, "stop", machine.text("instanceInitiatedShutdownBehavior"))
	machine, err := a.update(instanceType, machine, with(inputs, "instanceInitiatedShutdownBehavior", "terminate"))
	require.NoError(t, err)
	require.Equal(t, "terminate", machine.text("instanceInitiatedShutdownBehavior"))
	machine, err = a.update(instanceType, machine, inputs)
	require.NoError(t, err)
	require.Equal(t, "terminate", machine.text("instanceInitiatedShutdownBehavior"), "what is not asked for stays")
}
