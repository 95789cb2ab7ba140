package bridge_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
)

// taggable are the least inputs of each type that can have tags.
func (a *attached) taggable() map[tokens.Type]props {
	vpc := a.vpc()
	return map[tokens.Type]props{
		vpcType:      {"cidrBlock": "10.87.0.0/16"},
		subnetType:   {"vpcId": vpc, "cidrBlock": "10.86.9.0/24"},
		gatewayType:  {},
		tableType:    {"vpcId": vpc},
		groupType:    {"vpcId": vpc},
		keyType:      {"publicKey": publicKey},
		instanceType: a.instance(),
		eipType:      {},
	}
}

func TestTagsChangeInPlace(t *testing.T) {
	a := configured(t, props{})
	for token, inputs := range a.taggable() {
		t.Run(string(token), func(t *testing.T) {
			m := a.create(token, inputs)
			after, err := a.update(token, m, with(inputs, "tags", props{"Name": "other"}))
			require.NoError(t, err)
			require.Equal(t, bag(props{"Name": "other"}), after.state["tagsAll"].ObjectValue())
			require.Equal(t, m.text("arn"), after.text("arn"))
		})
	}
}

func TestAPreviewOfAChangeKnowsWhatStays(t *testing.T) {
	a := configured(t, props{})
	inputs := a.instance()
	m := a.create(instanceType, inputs)
	checked, _ := a.check(instanceType, m.state, with(inputs, "tags", props{"Name": "other"}))
	resp, err := a.Update(t.Context(), &rpc.UpdateRequest{
		Id: m.id, Urn: urn(instanceType), Olds: a.wire(m.state), News: a.wire(checked), Preview: true,
	})
	require.NoError(t, err)
	preview := a.read(resp.GetProperties())
	require.Equal(t, m.state["privateIp"], preview["privateIp"])
	require.Equal(t, m.state["instanceState"], preview["instanceState"])
	backend, err := a.cloud.Region("us-east-1")
	require.NoError(t, err)
	actual, err := backend.DescribeInstance(m.id)
	require.NoError(t, err)
	require.Empty(t, actual.Tags, "a preview changes nothing")
}

func TestANetworkChangesInPlace(t *testing.T) {
	a := configured(t, props{})
	vpc := a.vpc()
	gateway := a.create(gatewayType, props{"vpcId": vpc})
	inputs := props{"vpcId": vpc, "cidrBlock": "10.86.0.0/24", "ipv6CidrBlock": "2001:db8:1000::/64"}
	subnet := a.create(subnetType, inputs)
	after, err := a.update(subnetType, subnet, with(inputs, "assignIpv6AddressOnCreation", true))
	require.NoError(t, err)
	require.True(t, after.state["assignIpv6AddressOnCreation"].BoolValue())
	_, err = a.update(subnetType, subnet, with(inputs, "ipv6CidrBlock", "2001:db8:1000:1::/64"))
	require.ErrorContains(t, err, "does not support changing the IPv6 block of a subnet")

	first, second := a.create(tableType, props{"vpcId": vpc}), a.create(tableType, props{"vpcId": vpc})
	follows := a.create(followsType, props{"routeTableId": first.id, "subnetId": subnet.id})
	after, err = a.update(followsType, follows, props{"routeTableId": second.id, "subnetId": subnet.id})
	require.NoError(t, err)
	require.Equal(t, second.id, after.text("routeTableId"))

	loose := a.create(gatewayType, props{})
	_, err = a.update(gatewayType, loose, props{"vpcId": vpc})
	require.ErrorContains(t, err, "already has an internet gateway attached")
	_, err = a.update(gatewayType, gateway, props{})
	require.NoError(t, err)
	after, err = a.update(gatewayType, loose, props{"vpcId": vpc})
	require.NoError(t, err)
	require.Equal(t, vpc, after.text("vpcId"))
}

func TestGroupRulesAreAnsweredAsTheyAre(t *testing.T) {
	a := configured(t, props{})
	rule := props{
		"protocol": "17", "fromPort": 1194, "toPort": 1194, "cidrBlocks": []any{"0.0.0.0/0"}, "ipv6CidrBlocks": []any{"::/0"},
	}
	m := a.create(groupType, props{"vpcId": a.vpc(), "ingress": []any{rule}})
	require.Equal(t, "17", m.state["ingress"].ArrayValue()[0].ObjectValue()["protocol"].StringValue(), "in the program's words")

	backend, err := a.cloud.Region("us-east-1")
	require.NoError(t, err)
	g, err := backend.DescribeSecurityGroup(m.id)
	require.NoError(t, err)
	require.NoError(t, backend.RevokeSecurityGroup(t.Context(), m.id, g.Rules[:1]))
	resp, err := a.Read(t.Context(), &rpc.ReadRequest{Id: m.id, Urn: urn(groupType), Properties: a.wire(m.state)})
	require.NoError(t, err)
	left := a.read(resp.GetProperties())["ingress"].ArrayValue()
	require.Len(t, left, 1)
	require.Equal(t, []string{"::/0"}, listed(left[0].ObjectValue()["ipv6CidrBlocks"]))
	require.Equal(t, "udp", left[0].ObjectValue()["protocol"].StringValue())
}
