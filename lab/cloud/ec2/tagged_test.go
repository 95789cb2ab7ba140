package ec2_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/cloud/ec2"
)

func TestTaggedFindsAllThatCanBeTagged(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	i := w.launch()
	require.Empty(t, w.cloud.Tagged("trip", "lisbon"))
	tags, others := map[string]string{"trip": "lisbon"}, map[string]string{"trip": "porto"}
	require.NoError(t, w.TagVpc(w.vpc.ID, tags))
	require.NoError(t, w.ModifySubnet(w.subnet.ID, true, tags))
	require.NoError(t, w.TagInternetGateway(w.gateway.ID, tags))
	require.NoError(t, w.TagRouteTable(w.table.ID, tags))
	require.NoError(t, w.TagSecurityGroup(w.group.ID, tags))
	require.NoError(t, w.TagKeyPair(w.key.Name, tags))
	require.NoError(t, w.ModifyInstance(ctx, i.ID, i.GroupIDs, ec2.Settings{}, tags))
	elsewhere, err := w.cloud.Region("eu-west-1")
	require.NoError(t, err)
	address, err := elsewhere.AllocateAddress(tags)
	require.NoError(t, err)
	_, err = elsewhere.AllocateAddress(others)
	require.NoError(t, err)

	here := func(resource string) string { return "us-east-1 arn:aws:ec2:us-east-1:123456789012:" + resource }
	expected := []string{
		"eu-west-1 arn:aws:ec2:eu-west-1:123456789012:elastic-ip/" + address.AllocationID,
		here("instance/" + i.ID), here("internet-gateway/" + w.gateway.ID), here("key-pair/" + w.key.ID),
		here("route-table/" + w.table.ID), here("security-group/" + w.group.ID),
		here("subnet/" + w.subnet.ID), here("vpc/" + w.vpc.ID),
	}
	require.Equal(t, expected, w.cloud.Tagged("trip", "lisbon"))
	require.NoError(t, w.TerminateInstance(ctx, i.ID))
	require.NotContains(t, w.cloud.Tagged("trip", "lisbon"), here("instance/"+i.ID))
	require.Empty(t, w.cloud.Tagged("trip", ""))
	require.Empty(t, w.cloud.Tagged("lisbon", ""))
}

func TestGetResourcesAnswersAsTheTaggingAPI(t *testing.T) {
	w := newWorld(t)
	i := w.launch()
	require.Empty(t, w.GetResources(nil, nil), "what has no tags is not listed")
	lisbon := map[string]string{"trip": "lisbon", "Name": "vpn"}
	require.NoError(t, w.TagVpc(w.vpc.ID, lisbon))
	require.NoError(t, w.TagKeyPair(w.key.Name, map[string]string{"trip": "porto"}))
	require.NoError(t, w.ModifyInstance(t.Context(), i.ID, i.GroupIDs, ec2.Settings{}, map[string]string{"trip": "lisbon"}))
	arn := func(resource string) string { return "arn:aws:ec2:us-east-1:123456789012:" + resource }
	instance, key, vpc := arn("instance/"+i.ID), arn("key-pair/"+w.key.ID), arn("vpc/"+w.vpc.ID)
	for name, c := range map[string]struct {
		filters []ec2.TagFilter
		types   []string
		found   []string
	}{
		"all":                    {nil, nil, []string{instance, key, vpc}},
		"by a tag":               {[]ec2.TagFilter{{"trip", []string{"lisbon"}}}, nil, []string{instance, vpc}},
		"by one of two values":   {[]ec2.TagFilter{{"trip", []string{"porto", "lisbon"}}}, nil, []string{instance, key, vpc}},
		"by a key":               {[]ec2.TagFilter{{"Name", nil}}, nil, []string{vpc}},
		"by two tags":            {[]ec2.TagFilter{{"trip", []string{"lisbon"}}, {"Name", []string{"vpn"}}}, nil, []string{vpc}},
		"a star is a star":       {[]ec2.TagFilter{{"trip", []string{"*"}}}, nil, nil},
		"by type":                {nil, []string{"ec2:instance", "ec2:subnet"}, []string{instance}},
		"by service":             {nil, []string{"ec2"}, []string{instance, key, vpc}},
		"by a type without any":  {nil, []string{"s3"}, nil},
		"by a tag and by a type": {[]ec2.TagFilter{{"trip", []string{"lisbon"}}}, []string{"ec2:vpc"}, []string{vpc}},
	} {
		t.Run(name, func(t *testing.T) {
			var arns []string
			for _, resource := range w.GetResources(c.filters, c.types) {
				arns = append(arns, resource.ARN)
			}
			require.Equal(t, c.found, arns)
		})
	}
	require.NoError(t, w.TerminateInstance(t.Context(), i.ID))
	require.Equal(t, []ec2.TaggedResource{{ARN: instance, Type: "ec2:instance", Tags: map[string]string{"trip": "lisbon"}}},
		w.GetResources(nil, []string{"ec2:instance"}), "a terminated instance is still listed")
	require.Equal(t, lisbon, w.GetResources(nil, []string{"ec2:vpc"})[0].Tags)
}
