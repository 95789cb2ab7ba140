package ec2_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/cloud/ec2"
)

// launchEnding launches an instance with a shutdown behavior and an address.
func (w *world) launchEnding(behavior string) (ec2.Instance, ec2.Address) {
	w.t.Helper()
	s := w.spec()
	s.Settings.Shutdown = behavior
	i, err := w.RunInstance(w.t.Context(), s)
	require.NoError(w.t, err)
	a, err := w.AssociateAddress(w.t.Context(), w.address().AllocationID, i.ID)
	require.NoError(w.t, err)
	w.datacenter.Calls()
	return i, a
}

func (w *world) describe(id string) ec2.Instance {
	w.t.Helper()
	i, err := w.DescribeInstance(id)
	require.NoError(w.t, err)
	return i
}

func TestAMachineThatPowersItselfOffStops(t *testing.T) {
	w := newWorld(t)
	i, a := w.launchEnding("") // EC2's default
	w.datacenter.PowerOff(i.ID)
	after := w.describe(i.ID)
	require.Equal(t, ec2.Stopped, after.State)
	require.Equal(t, ec2.InstanceInitiated, after.Reason)
	require.Equal(t, i.Address, after.Address)
	mapped, err := w.DescribeAddress(a.AllocationID)
	require.NoError(t, err)
	require.Equal(t, i.ID, mapped.InstanceID)
	require.Empty(t, w.datacenter.Calls(), "its disk and its mapping stay")
	require.Contains(t, w.cloud.Inventory(), "us-east-1 "+i.ID)

	refused(t, w.DeleteSubnet(w.subnet.ID), "DependencyViolation", "has dependencies")
	refused(t, w.DeleteSecurityGroup(w.group.ID), "DependencyViolation", "has a dependent object")
	_, err = w.AssociateAddress(t.Context(), w.address().AllocationID, i.ID)
	require.NoError(t, err, "an address may lead to a stopped instance")
	w.authorize(udp(1194, 1194, "0.0.0.0/0"))
	require.Len(t, w.datacenter.Rules(i.ID), 3)
	require.NoError(t, w.TerminateInstance(t.Context(), i.ID))
	require.Equal(t, ec2.Terminated, w.describe(i.ID).State)
}

func TestAMachineThatPowersItselfOffIsTerminated(t *testing.T) {
	w := newWorld(t)
	i, a := w.launchEnding("terminate")
	w.datacenter.PowerOff(i.ID)
	require.Equal(t, []string{"terminate us-east-1 " + i.ID, "unmap us-east-1 203.0.113.16"}, w.datacenter.Calls())
	after := w.describe(i.ID)
	require.Equal(t, ec2.Terminated, after.State)
	require.Equal(t, ec2.InstanceInitiated, after.Reason)
	require.Empty(t, after.GroupIDs)
	require.False(t, after.Address.IsValid())
	require.NotContains(t, w.cloud.Inventory(), "us-east-1 "+i.ID)

	free, err := w.DescribeAddress(a.AllocationID)
	require.NoError(t, err, "the address stays allocated")
	require.Empty(t, free.AssociationID)
	_, err = w.DescribeAssociation(a.AssociationID)
	refused(t, err, "InvalidAssociationID.NotFound", "does not exist")
	require.NoError(t, w.DeleteSubnet(w.subnet.ID))
	require.NoError(t, w.DeleteSecurityGroup(w.group.ID))
}

func TestATerminatedInstanceRefuses(t *testing.T) {
	w := newWorld(t)
	i, a := w.launchEnding("terminate")
	w.datacenter.PowerOff(i.ID)
	_, err := w.AssociateAddress(t.Context(), a.AllocationID, i.ID)
	refused(t, err, "InvalidInstanceID", "The terminated instance '"+i.ID+"' is not in a valid state for this operation.")
	err = w.ModifyInstance(t.Context(), i.ID, []string{w.group.ID}, ec2.Settings{}, nil)
	refused(t, err, "IncorrectInstanceState", i.ID)
	require.NoError(t, w.TerminateInstance(t.Context(), i.ID), "ending it twice is not an error")
	require.Equal(t, ec2.InstanceInitiated, w.describe(i.ID).Reason)
	require.Empty(t, w.datacenter.Calls()[2:], "nothing is left to be done")
}

func TestTheShutdownBehaviorChanges(t *testing.T) {
	w := newWorld(t)
	i, _ := w.launchEnding("stop")
	require.NoError(t, w.ModifyInstance(t.Context(), i.ID, i.GroupIDs, ec2.Settings{Shutdown: "terminate"}, nil))
	require.NoError(t, w.ModifyInstance(t.Context(), i.ID, i.GroupIDs, ec2.Settings{Tokens: "required"}, nil))
	require.Equal(t, "terminate", w.describe(i.ID).Settings.Shutdown)
	w.datacenter.PowerOff(i.ID)
	require.Equal(t, ec2.Terminated, w.describe(i.ID).State)
}

func TestATerminatedInstanceIsForgottenAfterAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		old, young := w.launch(), w.launch()
		require.NoError(t, w.TerminateInstance(t.Context(), old.ID))
		require.Equal(t, ec2.UserInitiated, w.describe(old.ID).Reason)
		time.Sleep(59 * time.Minute)
		require.NoError(t, w.TerminateInstance(t.Context(), young.ID))
		require.Len(t, w.DescribeInstances(), 2)
		time.Sleep(2 * time.Minute)
		_, err := w.DescribeInstance(old.ID)
		refused(t, err, "InvalidInstanceID.NotFound", "does not exist")
		left := w.DescribeInstances()
		require.Len(t, left, 1)
		require.Equal(t, young.ID, left[0].ID)
		require.Equal(t, ec2.Terminated, left[0].State)
	})
}

func TestATerminationThatFailsIsTriedAgain(t *testing.T) {
	w := newWorld(t)
	i, _ := w.launchEnding("terminate")
	broken := errors.New("the disk is stuck")
	w.datacenter.Fail("terminate", broken)
	w.datacenter.PowerOff(i.ID)
	require.Equal(t, ec2.ShuttingDown, w.describe(i.ID).State)
	require.Contains(t, w.cloud.Inventory(), "us-east-1 "+i.ID, "it is not passed over")
	require.ErrorIs(t, w.TerminateInstance(t.Context(), i.ID), broken)
	w.datacenter.Fail("", nil)
	require.NoError(t, w.TerminateInstance(t.Context(), i.ID))
	require.Equal(t, ec2.InstanceInitiated, w.describe(i.ID).Reason)
}

func TestAMachineThatPowersItselfOffWhileItBoots(t *testing.T) {
	for behavior, state := range map[string]string{"stop": ec2.Stopped, "terminate": ec2.Terminated} {
		t.Run(behavior, func(t *testing.T) {
			w := newWorld(t)
			before := w.cloud.Inventory()
			w.datacenter.Launched = w.datacenter.PowerOff
			s := w.spec()
			s.Settings.Shutdown = behavior
			_, err := w.RunInstance(t.Context(), s)
			require.ErrorContains(t, err, "unexpected state '"+state+"', wanted target 'running'")
			require.Equal(t, before, w.cloud.Inventory())
		})
	}
}

func TestTerminatingTwiceAtOnceIsTerminatingOnce(t *testing.T) {
	w := newWorld(t)
	i, _ := w.launchEnding("terminate")
	begun, goOn, over := make(chan struct{}), make(chan struct{}), make(chan error)
	w.datacenter.Terminating = func() {
		close(begun)
		<-goOn
	}
	go w.datacenter.PowerOff(i.ID)
	<-begun
	go func() { over <- w.TerminateInstance(t.Context(), i.ID) }()
	close(goOn)
	require.NoError(t, <-over)
	require.Equal(t, ec2.Terminated, w.describe(i.ID).State)
	require.Equal(t, []string{"terminate us-east-1 " + i.ID, "unmap us-east-1 203.0.113.16"}, w.datacenter.Calls())
}
