package ec2_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/cloud/ec2"
)

// retype stops an instance and gives it another type.
func (w *world) retype(id, name string) {
	w.t.Helper()
	require.NoError(w.t, w.StopInstance(w.t.Context(), id))
	require.NoError(w.t, w.ModifyInstanceType(id, name))
}

func TestTheTypeOfAStoppedInstanceChanges(t *testing.T) {
	w := newWorld(t)
	i, a := w.launchEnding("stop")
	refused(t, w.ModifyInstanceType(i.ID, "t3.micro"), "IncorrectInstanceState",
		"The instance '"+i.ID+"' is not in the 'stopped' state.")
	w.retype(i.ID, "t3.micro")
	require.NoError(t, w.StartInstance(t.Context(), i.ID))
	after := w.describe(i.ID)
	require.Equal(t, "t3.micro", after.Type)
	require.Equal(t, i.Address, after.Address)
	require.Equal(t, i.Settings, after.Settings)
	require.Equal(t, a, w.describeAddress(a.AllocationID))
	require.Equal(t, []string{"stop us-east-1 " + i.ID, "start us-east-1 " + i.ID}, w.datacenter.Calls())
}

func TestTypesThatAnInstanceCannotHave(t *testing.T) {
	w := newWorld(t)
	i := w.launch()
	require.NoError(t, w.StopInstance(t.Context(), i.ID))
	refused(t, w.ModifyInstanceType(i.ID, "t9.huge"), "InvalidParameterValue", "Invalid value 't9.huge' for InstanceType.")
	refused(t, w.ModifyInstanceType(i.ID, "t4g.nano"), "InvalidParameterValue", "The architecture 'arm64'")
	require.Equal(t, "t3.nano", w.describe(i.ID).Type)
}

func TestATypeThatTheZoneDoesNotOfferIsRefusedAtTheStart(t *testing.T) {
	w := newWorld(t)
	sub, err := w.CreateSubnet(ec2.SubnetSpec{VpcID: w.vpc.ID, CIDR: "10.86.1.0/24", Zone: "us-east-1a"})
	require.NoError(t, err)
	s := w.spec()
	s.Type, s.SubnetID = "m6i.large", sub.ID
	i, err := w.RunInstance(t.Context(), s)
	require.NoError(t, err)
	w.retype(i.ID, "t3.nano")
	refused(t, w.StartInstance(t.Context(), i.ID), "Unsupported", "Your requested instance type (t3.nano) is not supported "+
		"in your requested Availability Zone (us-east-1a). Please retry your request by not specifying an Availability "+
		"Zone or choosing us-east-1b, us-east-1c.")
	require.Equal(t, ec2.Stopped, w.describe(i.ID).State)
	require.NoError(t, w.ModifyInstanceType(i.ID, "c7i.large"))
	require.NoError(t, w.StartInstance(t.Context(), i.ID))
}

func TestCreditsGoWithTheType(t *testing.T) {
	w := newWorld(t)
	s := w.spec()
	s.Settings.Credits = "standard"
	i, err := w.RunInstance(t.Context(), s)
	require.NoError(t, err)
	for _, step := range []struct{ name, credits string }{
		{"t3.micro", "standard"}, {"m6i.large", ""}, {"t2.nano", "standard"}, {"m6i.large", ""}, {"t3.nano", "unlimited"},
	} {
		w.retype(i.ID, step.name)
		require.Equal(t, step.credits, w.describe(i.ID).Settings.Credits, step.name)
	}
}
