package bridge_test

import (
	"context"
	"testing"
	"time"

	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"

	"tripvpn/lab/cloud/ec2"
)

// region is the account's side of us-east-1.
func (a *attached) region() *ec2.Region {
	a.t.Helper()
	r, err := a.cloud.Region("us-east-1")
	require.NoError(a.t, err)
	return r
}

func TestUpStartsAServerThatStoppedItself(t *testing.T) {
	e := start(t)
	s := standard("us-east-1")
	s.power = "running"
	id := e.server(servers(s))["instance"].(string)
	e.unchanged(servers(s))
	e.datacenter.Calls()

	e.datacenter.PowerOff(id)
	e.unchanged(servers(s)) // nobody has looked
	require.Equal(t, 1, e.refresh()["update"])
	require.Equal(t, 1, e.preview(servers(s))["update"])
	require.Equal(t, ec2.Stopped, e.stateOf(id), "a preview starts nothing")
	e.up(servers(s))
	require.Equal(t, ec2.Running, e.stateOf(id))
	require.Equal(t, []string{"start us-east-1 " + id}, e.datacenter.Calls())
	e.refresh()
	e.unchanged(servers(s))

	s.power = "stopped"
	require.Equal(t, 1, e.preview(servers(s))["update"])
	e.up(servers(s))
	require.Equal(t, ec2.Stopped, e.stateOf(id))
	e.destroy()
}

func TestThePowerOfAReplacedServer(t *testing.T) {
	e := start(t)
	s := standard("us-east-1")
	s.power = "running"
	id := e.server(servers(s))["instance"].(string)
	e.datacenter.Calls()
	s.key = otherKey
	require.Equal(t, 4, e.preview(servers(s))["replace"], "the key, the instance, its association and its state")
	after := e.server(servers(s))["instance"].(string)
	require.NotEqual(t, id, after)
	require.NotContains(t, e.datacenter.Calls(), "stop us-east-1 "+id)
	e.destroy()
}

func TestAnInstanceGetsAState(t *testing.T) {
	a := configured(t, props{})
	machine := a.create(instanceType, a.instance())
	inputs := props{"instanceId": machine.id, "state": "stopped"}
	made := a.create(powerType, inputs)
	require.Equal(t, machine.id, made.id)
	require.False(t, made.state["force"].BoolValue(), "upstream's default")
	require.Equal(t, "stopped", a.refreshed(instanceType, machine).text("instanceState"))

	running, err := a.update(powerType, made, with(inputs, "state", "running"))
	require.NoError(t, err)
	require.Equal(t, "running", running.text("state"))
	require.NoError(t, a.delete(powerType, running))
	require.Equal(t, "running", a.refreshed(instanceType, machine).text("instanceState"), "deleting it does nothing")

	require.NoError(t, a.region().TerminateInstance(t.Context(), machine.id))
	require.False(t, a.exists(powerType, running))
	_, err = a.try(powerType, inputs, false)
	require.ErrorContains(t, err, "waiting for EC2 Instance ("+machine.id+") ready: couldn't find resource")
	_, err = a.try(powerType, with(inputs, "instanceId", "i-0123456789abcdef0"), false)
	require.ErrorContains(t, err, "api error InvalidInstanceID.NotFound")
	require.NoError(t, a.delete(powerType, running))
}

func TestAnInstanceThatBootsIsWaitedFor(t *testing.T) {
	a := configured(t, props{})
	inputs := a.instance()
	booting, goOn, launched := make(chan struct{}), make(chan struct{}), make(chan struct{})
	a.datacenter.Booting = func() {
		close(booting)
		<-goOn
	}
	go func() {
		defer close(launched)
		a.create(instanceType, inputs)
	}()
	<-booting
	id := a.region().DescribeInstances()[0].ID
	wanted := props{"instanceId": id, "state": "running"}
	soon, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := a.Create(soon, &rpc.CreateRequest{Urn: urn(powerType), Properties: a.wire(bag(wanted))})
	require.ErrorContains(t, err, "waiting for EC2 Instance ("+id+") ready: context deadline exceeded")
	close(goOn)
	<-launched
	require.Equal(t, "running", a.create(powerType, wanted).text("state"))
}

func TestIgnoredChangesOfTheState(t *testing.T) {
	a := configured(t, props{})
	inputs := props{"instanceId": "i", "state": "running"}
	diff := func(ignored ...string) rpc.DiffResponse_DiffChanges {
		resp, err := a.Diff(t.Context(), &rpc.DiffRequest{
			Id: "i", Urn: urn(powerType), Olds: a.wire(bag(with(inputs, "state", "stopped"))), OldInputs: a.wire(bag(inputs)),
			News: a.wire(bag(inputs)), IgnoreChanges: ignored,
		})
		require.NoError(t, err)
		return resp.GetChanges()
	}
	require.Equal(t, rpc.DiffResponse_DIFF_SOME, diff())
	require.Equal(t, rpc.DiffResponse_DIFF_NONE, diff("state"))
}
