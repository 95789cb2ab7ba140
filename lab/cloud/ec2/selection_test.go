package ec2_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/cloud/ec2"
	"tripvpn/lab/cloud/ec2/ec2test"
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

func TestRegionsAreSelected(t *testing.T) {
	cloud := ec2.New(&ec2test.Datacenter{}, ec2.Options{
		Addresses: func(string) netip.Prefix { return netip.MustParsePrefix("203.0.113.16/28") },
		Networks6: func(string) netip.Prefix { return netip.MustParsePrefix("2001:db8:1000::/44") },
		Enabled:   []string{"eu-south-1"},
	})
	_, err := cloud.Region("eu-south-1")
	require.NoError(t, err)
	_, err = cloud.Region("me-south-1")
	refused(t, err, "AuthFailure", "was not able to validate the provided access credentials")
	enabled, err := cloud.DescribeRegions(false)
	require.NoError(t, err)
	require.Len(t, enabled, 18, "those that need no opt-in, and one")
	for name, c := range map[string]struct {
		all    bool
		filter ec2.Filter
		found  []string
	}{
		"opted in":               {false, ec2.Filter{Name: "opt-in-status", Values: []string{"opted-in"}}, []string{"eu-south-1"}},
		"not opted in":           {true, ec2.Filter{Name: "opt-in-status", Values: []string{"not-opted-in"}}, []string{"eu-central-2", "eu-south-2"}},
		"not opted in, enabled":  {false, ec2.Filter{Name: "opt-in-status", Values: []string{"not-opted-in"}}, nil},
		"opt-in is not required": {true, ec2.Filter{Name: "opt-in-status", Values: []string{"opt-in-not-required"}}, []string{"eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3"}},
		"endpoint":               {true, ec2.Filter{Name: "endpoint", Values: []string{"ec2.eu-south-2.amazonaws.com"}}, []string{"eu-south-2"}},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := cloud.DescribeRegions(c.all, c.filter, ec2.Filter{Name: "region-name", Values: []string{"eu-*"}})
			require.NoError(t, err)
			require.ElementsMatch(t, c.found, found)
		})
	}
	for _, name := range []string{"colour", "tag:trip"} {
		_, err = cloud.DescribeRegions(true, ec2.Filter{Name: name, Values: []string{"blue"}})
		refused(t, err, "InvalidParameterValue", "The filter '"+name+"' is invalid")
	}
}

func TestSelectingCanBeDenied(t *testing.T) {
	w := newWorld(t)
	w.cloud.Restrict(ec2.Restrictions{Denied: []string{"DescribeInstances", "DescribeAddresses"}})
	_, err := w.SelectInstances()
	refused(t, err, "UnauthorizedOperation", "is not authorized to perform: ec2:DescribeInstances because")
	_, err = w.SelectAddresses()
	refused(t, err, "UnauthorizedOperation", "is not authorized to perform: ec2:DescribeAddresses because")
}
