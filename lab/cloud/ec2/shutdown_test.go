package ec2_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/cloud/ec2"
)

// terminateMeanwhile terminates an instance, and does something while its
// machine shuts down.
func (w *world) terminateMeanwhile(id string, meanwhile func()) {
	w.t.Helper()
	shutDown := false
	w.datacenter.Terminating = func() {
		shutDown = true
		meanwhile()
	}
	require.NoError(w.t, w.TerminateInstance(w.t.Context(), id))
	require.True(w.t, shutDown)
}

func (w *world) describeAddress(allocationID string) ec2.Address {
	w.t.Helper()
	a, err := w.DescribeAddress(allocationID)
	require.NoError(w.t, err)
	return a
}

func TestAnAddressLeadsToAnInstanceUntilItIsOff(t *testing.T) {
	w := newWorld(t)
	i, a := w.launchEnding("")
	w.terminateMeanwhile(i.ID, func() {
		require.Equal(t, ec2.ShuttingDown, w.describe(i.ID).State)
		require.Equal(t, a, w.describeAddress(a.AllocationID))
		require.Empty(t, w.datacenter.Calls(), "nothing is taken from it")
		refused(t, w.ReleaseAddress(a.AllocationID), "InvalidIPAddress.InUse", "Address 203.0.113.16 is in use.")
		refused(t, w.DetachInternetGateway(t.Context(), w.gateway.ID, w.vpc.ID), "DependencyViolation", "mapped public address(es)")
		refused(t, w.DeleteSubnet(w.subnet.ID), "DependencyViolation", "has dependencies")
	})
	require.Equal(t, []string{"terminate us-east-1 " + i.ID, "unmap us-east-1 203.0.113.16"}, w.datacenter.Calls())
	require.Empty(t, w.describeAddress(a.AllocationID).InstanceID)
	require.NoError(t, w.ReleaseAddress(a.AllocationID))
	require.NoError(t, w.DetachInternetGateway(t.Context(), w.gateway.ID, w.vpc.ID))
}

func TestAnAddressCanBeTakenFromAnInstanceThatShutsDown(t *testing.T) {
	w := newWorld(t)
	i, a := w.launchEnding("")
	w.terminateMeanwhile(i.ID, func() {
		require.NoError(t, w.DisassociateAddress(t.Context(), a.AssociationID))
		require.NoError(t, w.ReleaseAddress(a.AllocationID))
	})
	require.Equal(t, []string{"unmap us-east-1 203.0.113.16", "terminate us-east-1 " + i.ID}, w.datacenter.Calls())
	require.Equal(t, ec2.Terminated, w.describe(i.ID).State)
}

func TestAnAddressThatMovedOnStaysWhereItIs(t *testing.T) {
	w := newWorld(t)
	i, a := w.launchEnding("")
	successor := w.launch()
	w.terminateMeanwhile(i.ID, func() {
		_, err := w.AssociateAddress(t.Context(), a.AllocationID, successor.ID)
		require.NoError(t, err)
	})
	require.Equal(t, successor.ID, w.describeAddress(a.AllocationID).InstanceID)
	require.Equal(t, "terminate us-east-1 "+i.ID, last(w.datacenter.Calls()))
}

func TestAnInstanceThatShutsDownGetsNoAddress(t *testing.T) {
	w := newWorld(t)
	i, a := w.launchEnding("")
	other := w.address()
	w.terminateMeanwhile(i.ID, func() {
		for _, allocation := range []string{a.AllocationID, other.AllocationID} {
			_, err := w.AssociateAddress(t.Context(), allocation, i.ID)
			refused(t, err, "InvalidInstanceID", "The shutting-down instance '"+i.ID+"' is not in a valid state for this operation.")
		}
		require.Equal(t, a, w.describeAddress(a.AllocationID), "a refusal changes nothing")
	})
}

func TestAnAddressThatCannotBeFreedIsTriedAgain(t *testing.T) {
	w := newWorld(t)
	i, a := w.launchEnding("")
	broken := errors.New("no such mapping")
	w.datacenter.Fail("unmap", broken)
	require.ErrorIs(t, w.TerminateInstance(t.Context(), i.ID), broken)
	require.Equal(t, ec2.ShuttingDown, w.describe(i.ID).State)
	require.Equal(t, i.ID, w.describeAddress(a.AllocationID).InstanceID)
	w.datacenter.Fail("", nil)
	require.NoError(t, w.TerminateInstance(t.Context(), i.ID))
	require.Equal(t, ec2.Terminated, w.describe(i.ID).State)
	require.Empty(t, w.describeAddress(a.AllocationID).InstanceID)
}

func last(calls []string) string { return calls[len(calls)-1] }
