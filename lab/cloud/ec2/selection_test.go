package ec2_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/cloud/ec2"
)

func TestInstancesAreSelected(t *testing.T) {
	w := newWorld(t)
	s := w.spec()
	s.Tags = map[string]string{"trip": "lisbon", "Name": "lisbon/us-east-1"}
	first, err := w.RunInstance(t.Context(), s)
	require.NoError(t, err)
	second := w.launch()
	require.NoError(t, w.TerminateInstance(t.Context(), second.ID))
	both := []string{first.ID, second.ID}
	for name, c := range map[string]struct {
		filters []ec2.Filter
		found   []string
	}{
		"all":                {nil, both},
		"by a tag":           {[]ec2.Filter{{"tag:trip", []string{"lisbon"}}}, both[:1]},
		"by another value":   {[]ec2.Filter{{"tag:trip", []string{"Lisbon", "porto"}}}, nil},
		"by a star":          {[]ec2.Filter{{"tag:Name", []string{"lisbon*"}}}, both[:1]},
		"by a tag's key":     {[]ec2.Filter{{"tag-key", []string{"owner", "trip"}}}, both[:1]},
		"by the value alone": {[]ec2.Filter{{"tag-key", []string{"lisbon"}}}, nil},
		"by state":           {[]ec2.Filter{{"instance-state-name", []string{"terminated"}}}, both[1:]},
		"by several states":  {[]ec2.Filter{{"instance-state-name", []string{"terminated", "running"}}}, both},
		"by network":         {[]ec2.Filter{{"vpc-id", []string{w.vpc.ID}}, {"subnet-id", []string{w.subnet.ID}}}, both[:1]},
		"by two that exclude": {[]ec2.Filter{
			{"tag:trip", []string{"lisbon"}}, {"instance-state-name", []string{"terminated"}}}, nil},
		"by image, key, type and zone": {[]ec2.Filter{
			{"image-id", []string{first.ImageID}}, {"key-name", []string{"operator"}},
			{"instance-type", []string{"t3.*"}}, {"availability-zone", []string{"us-east-1b"}}}, both},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := w.SelectInstances(c.filters...)
			require.NoError(t, err)
			var ids []string
			for _, i := range found {
				ids = append(ids, i.ID)
			}
			require.ElementsMatch(t, c.found, ids)
		})
	}
	_, err = w.SelectInstances(ec2.Filter{Name: "colour", Values: []string{"blue"}})
	refused(t, err, "InvalidParameterValue", "The filter 'colour' is invalid")
}

func TestAddressesAreSelected(t *testing.T) {
	w := newWorld(t)
	i := w.launch()
	tagged, err := w.AllocateAddress(map[string]string{"trip": "lisbon"})
	require.NoError(t, err)
	used, err := w.AssociateAddress(t.Context(), w.address().AllocationID, i.ID)
	require.NoError(t, err)
	for name, c := range map[string]struct {
		filter ec2.Filter
		found  ec2.Address
	}{
		"tag":         {ec2.Filter{Name: "tag:trip", Values: []string{"lisbon"}}, tagged},
		"allocation":  {ec2.Filter{Name: "allocation-id", Values: []string{used.AllocationID}}, used},
		"association": {ec2.Filter{Name: "association-id", Values: []string{used.AssociationID}}, used},
		"instance":    {ec2.Filter{Name: "instance-id", Values: []string{i.ID}}, used},
		"address":     {ec2.Filter{Name: "public-ip", Values: []string{tagged.Public.String()}}, tagged},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := w.SelectAddresses(c.filter)
			require.NoError(t, err)
			require.Equal(t, []ec2.Address{c.found}, found)
		})
	}
	none, err := w.SelectAddresses(ec2.Filter{Name: "tag:trip", Values: []string{"porto"}})
	require.NoError(t, err)
	require.Empty(t, none)
	other, err := w.cloud.Region("eu-west-1")
	require.NoError(t, err)
	_, err = other.SelectAddresses(ec2.Filter{Name: "colour", Values: []string{"blue"}})
	refused(t, err, "InvalidParameterValue", "The filter 'colour' is invalid")
}
