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
	require.Contains(t, w.GetResources(tags), "arn:aws:ec2:us-east-1:123456789012:instance/"+i.ID, "AWS lists terminated ones")
	require.Empty(t, w.GetResources(map[string]string{"trip": "lisbon", "owner": "me"}))
	require.NotContains(t, w.cloud.Tagged("trip", "lisbon"), here("instance/"+i.ID))
	require.Empty(t, w.cloud.Tagged("trip", ""))
	require.Empty(t, w.cloud.Tagged("lisbon", ""))
}
