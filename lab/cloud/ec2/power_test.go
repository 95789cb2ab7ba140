package ec2_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/cloud/ec2"
)

func TestAnInstanceStopsAndStarts(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	i, a := w.launchEnding("terminate") // which a stop is not
	require.NoError(t, w.StopInstance(ctx, i.ID))
	after := w.describe(i.ID)
	require.Equal(t, ec2.Stopped, after.State)
	require.Equal(t, ec2.UserInitiated, after.Reason)
	require.Equal(t, a, w.describeAddress(a.AllocationID))
	require.NoError(t, w.StopInstance(ctx, i.ID), "stopping it twice is not an error")
	w.authorize(udp(1194, 1194, "0.0.0.0/0"))

	require.NoError(t, w.StartInstance(ctx, i.ID))
	require.NoError(t, w.StartInstance(ctx, i.ID), "starting it twice is not an error")
	require.Equal(t, i.GroupIDs, w.describe(i.ID).GroupIDs)
	again := w.describe(i.ID)
	require.Equal(t, ec2.Running, again.State)
	require.Empty(t, again.Reason)
	require.Equal(t, i.Address, again.Address)
	require.Equal(t, i.Address6, again.Address6)
	require.Equal(t, a, w.describeAddress(a.AllocationID))
	require.Equal(t, []string{"stop us-east-1 " + i.ID, "filter us-east-1 " + i.ID, "start us-east-1 " + i.ID},
		w.datacenter.Calls(), "its disk and its mapping stay, and a rule reaches it while it is stopped")

	w.datacenter.PowerOff(i.ID)
	require.Equal(t, ec2.Terminated, w.describe(i.ID).State)
}

func TestAMachineThatPoweredItselfOffStarts(t *testing.T) {
	w := newWorld(t)
	i, _ := w.launchEnding("stop")
	for range 2 {
		w.datacenter.PowerOff(i.ID)
		require.Equal(t, ec2.Stopped, w.describe(i.ID).State)
		require.NoError(t, w.StartInstance(t.Context(), i.ID))
		require.Equal(t, ec2.Running, w.describe(i.ID).State)
	}
}

func TestPowerIsRefused(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	i := w.launch()
	stop, start := "is not in a state from which it can be stopped.", "is not in a state from which it can be started."
	stopped, started := 0, 0
	w.datacenter.Stopping = func() {
		stopped++
		require.Equal(t, ec2.Stopping, w.describe(i.ID).State)
		_, err := w.AssociateAddress(ctx, w.address().AllocationID, i.ID)
		require.NoError(t, err, "it has its place in the network")
	}
	require.NoError(t, w.StopInstance(ctx, i.ID))
	w.datacenter.Booting = func() {
		started++
		require.Equal(t, ec2.Pending, w.describe(i.ID).State)
		_, err := w.AssociateAddress(ctx, w.address().AllocationID, i.ID)
		refused(t, err, "InvalidInstanceID", "The pending instance '"+i.ID+"' is not in a valid state for this operation.")
	}
	require.NoError(t, w.StartInstance(ctx, i.ID))
	require.Equal(t, []int{1, 1}, []int{stopped, started})

	require.NoError(t, w.TerminateInstance(ctx, i.ID))
	refused(t, w.StopInstance(ctx, i.ID), "IncorrectInstanceState", "This instance '"+i.ID+"' "+stop)
	refused(t, w.StartInstance(ctx, i.ID), "IncorrectInstanceState", "The instance '"+i.ID+"' "+start)
	refused(t, w.StopInstance(ctx, "i-0123456789abcdef0"), "InvalidInstanceID.NotFound", "does not exist")
	refused(t, w.StartInstance(ctx, "i-0123456789abcdef0"), "InvalidInstanceID.NotFound", "does not exist")
}

func TestAStopThatFailsIsTriedAgain(t *testing.T) {
	w := newWorld(t)
	i := w.launch()
	broken := errors.New("the button is stuck")
	w.datacenter.Fail("stop", broken)
	require.ErrorIs(t, w.StopInstance(t.Context(), i.ID), broken)
	require.Equal(t, ec2.Stopping, w.describe(i.ID).State)
	refused(t, w.StartInstance(t.Context(), i.ID), "IncorrectInstanceState", "can be started")
	w.datacenter.Fail("", nil)
	require.NoError(t, w.StopInstance(t.Context(), i.ID))
	require.Equal(t, ec2.Stopped, w.describe(i.ID).State)
}

func TestAStartThatFailsLeavesAStoppedInstance(t *testing.T) {
	w := newWorld(t)
	i := w.launch()
	require.NoError(t, w.StopInstance(t.Context(), i.ID))
	broken := errors.New("the disk is broken")
	w.datacenter.Fail("start", broken)
	require.ErrorIs(t, w.StartInstance(t.Context(), i.ID), broken)
	after := w.describe(i.ID)
	require.Equal(t, ec2.Stopped, after.State)
	require.Equal(t, ec2.InternalError, after.Reason)
	w.datacenter.Fail("", nil)
	require.NoError(t, w.StartInstance(t.Context(), i.ID))
}

func TestAMachineThatPowersItselfOffWhileItStarts(t *testing.T) {
	w := newWorld(t)
	i := w.launch()
	require.NoError(t, w.StopInstance(t.Context(), i.ID))
	w.datacenter.Launched = w.datacenter.PowerOff
	require.ErrorContains(t, w.StartInstance(t.Context(), i.ID), "(last state: 'stopped', timeout: 10m0s)")
	require.Equal(t, ec2.Stopped, w.describe(i.ID).State)
}

func TestAMachineThatPowersItselfOffWhileItIsStopped(t *testing.T) {
	w := newWorld(t)
	i, _ := w.launchEnding("terminate")
	w.datacenter.Stopping = func() { w.datacenter.PowerOff(i.ID) }
	require.NoError(t, w.StopInstance(context.WithoutCancel(t.Context()), i.ID))
	require.Equal(t, ec2.Stopped, w.describe(i.ID).State)
	require.Equal(t, []string{"stop us-east-1 " + i.ID}, w.datacenter.Calls())
}

func TestRulesThatChangeWhileAMachineStarts(t *testing.T) {
	w := newWorld(t)
	i := w.launch()
	require.NoError(t, w.StopInstance(t.Context(), i.ID))
	w.datacenter.Booting = func() { w.authorize(udp(1194, 1194, "0.0.0.0/0")) }
	require.NoError(t, w.StartInstance(t.Context(), i.ID))
	require.Len(t, w.datacenter.Rules(i.ID), 3)
}
