package bridge_test

import (
	"net/netip"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"

	"tripvpn/lab/cloud/ec2"
)

func TestWhatReplacesAndWhatDoesNot(t *testing.T) {
	a := configured(t, props{})
	machine := props{"ami": "ami-1", "instanceType": "t3.nano"}
	disk := with(machine, "rootBlockDevice", props{"encrypted": true, "volumeSize": 8})
	for name, c := range map[string]struct {
		token    tokens.Type
		old      props
		key      string
		value    any
		replaces bool
	}{
		"vpc block":          {vpcType, props{"cidrBlock": "10.0.0.0/16"}, "cidrBlock", "10.1.0.0/16", true},
		"vpc tags":           {vpcType, props{"cidrBlock": "10.0.0.0/16"}, "tags", props{"a": "b"}, false},
		"subnet zone":        {subnetType, props{"vpcId": "v", "cidrBlock": "10.0.0.0/24", "availabilityZone": "a"}, "availabilityZone", "b", true},
		"subnet assigns":     {subnetType, props{"vpcId": "v", "cidrBlock": "10.0.0.0/24"}, "assignIpv6AddressOnCreation", true, false},
		"gateway vpc":        {gatewayType, props{"vpcId": "v"}, "vpcId", "w", false},
		"table vpc":          {tableType, props{"vpcId": "v"}, "vpcId", "w", true},
		"table routes":       {tableType, props{"vpcId": "v"}, "routes", []any{props{"cidrBlock": "0.0.0.0/0"}}, false},
		"follows table":      {followsType, props{"routeTableId": "t", "subnetId": "s"}, "routeTableId", "u", false},
		"follows subnet":     {followsType, props{"routeTableId": "t", "subnetId": "s"}, "subnetId", "u", true},
		"group description":  {groupType, props{"name": "n", "vpcId": "v", "description": "a"}, "description", "b", true},
		"group rules":        {groupType, props{"name": "n", "vpcId": "v"}, "ingress", []any{props{"protocol": "-1", "fromPort": 0, "toPort": 0}}, false},
		"key":                {keyType, props{"keyName": "n", "publicKey": "k"}, "publicKey", "l", true},
		"image":              {instanceType, machine, "ami", "ami-2", true},
		"instance type":      {instanceType, machine, "instanceType", "t3.micro", false},
		"an unknown type":    {instanceType, machine, "instanceType", "t9.huge", false},
		"architecture":       {instanceType, machine, "instanceType", "t4g.nano", true},
		"instance subnet":    {instanceType, machine, "subnetId", "s", true},
		"instance key":       {instanceType, machine, "keyName", "k", true},
		"shutdown behavior":  {instanceType, machine, "instanceInitiatedShutdownBehavior", "terminate", false},
		"instance groups":    {instanceType, machine, "vpcSecurityGroupIds", []any{"g"}, false},
		"metadata options":   {instanceType, machine, "metadataOptions", props{"httpTokens": "required"}, false},
		"user data":          {instanceType, machine, "userData", "x", false},
		"encryption":         {instanceType, disk, "rootBlockDevice", props{"encrypted": false, "volumeSize": 8}, true},
		"volume size":        {instanceType, disk, "rootBlockDevice", props{"encrypted": true, "volumeSize": 9}, false},
		"power":              {powerType, props{"instanceId": "i", "state": "running"}, "state", "stopped", false},
		"power of another":   {powerType, props{"instanceId": "i", "state": "running"}, "instanceId", "j", true},
		"address tags":       {eipType, props{"domain": "vpc"}, "tags", props{"a": "b"}, false},
		"association target": {associationType, props{"allocationId": "a", "instanceId": "i"}, "instanceId", "j", true},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, rpc.DiffResponse_DIFF_NONE, a.diff(c.token, c.old, c.old).GetChanges())
			resp := a.diff(c.token, c.old, with(c.old, c.key, c.value))
			require.Equal(t, rpc.DiffResponse_DIFF_SOME, resp.GetChanges())
			require.Equal(t, c.replaces, len(resp.GetReplaces()) > 0, "%v", resp.GetDetailedDiff())
		})
	}
}

func TestAnotherOrderIsNoChange(t *testing.T) {
	a := configured(t, props{})
	first := props{"protocol": "udp", "fromPort": 1, "toPort": 1, "cidrBlocks": []any{"10.0.0.0/8", "192.0.2.0/24"}}
	again := with(first, "cidrBlocks", []any{"192.0.2.0/24", "10.0.0.0/8"})
	second := with(first, "fromPort", 0)
	for name, c := range map[string]struct {
		token            tokens.Type
		inputs           props
		key              string
		old, same, other []any
	}{
		"rules":  {groupType, props{"name": "n", "vpcId": "v"}, "ingress", []any{first, second}, []any{second, again}, []any{first, first}},
		"routes": {tableType, props{"vpcId": "v"}, "routes", []any{props{"cidrBlock": "a"}, props{"cidrBlock": "b"}}, []any{props{"cidrBlock": "b"}, props{"cidrBlock": "a"}}, []any{props{"cidrBlock": "b"}}},
		"groups": {instanceType, props{"ami": "a", "instanceType": "t"}, "vpcSecurityGroupIds", []any{"a", "b"}, []any{"b", "a"}, []any{"b", "a", "c"}},
	} {
		t.Run(name, func(t *testing.T) {
			old := with(c.inputs, c.key, c.old)
			require.Equal(t, rpc.DiffResponse_DIFF_NONE, a.diff(c.token, old, with(c.inputs, c.key, c.same)).GetChanges())
			require.Equal(t, rpc.DiffResponse_DIFF_SOME, a.diff(c.token, old, with(c.inputs, c.key, c.other)).GetChanges())
		})
	}
}

func TestANameThatStaysHasToBeFree(t *testing.T) {
	a := configured(t, props{})
	given := props{"keyName": "mine", "publicKey": "k"}
	require.True(t, a.diff(keyType, given, with(given, "publicKey", "l")).GetDeleteBeforeReplace())
	require.False(t, a.diff(keyType, given, with(given, "keyName", "yours")).GetDeleteBeforeReplace())
	require.False(t, a.diff(keyType, given, with(given, "tags", props{"a": "b"})).GetDeleteBeforeReplace(), "no replacement")
	invented := props{"keyName": "res-01234ab", "publicKey": "k"}
	require.False(t, a.diff(keyType, invented, with(invented, "publicKey", "l")).GetDeleteBeforeReplace())
}

func TestNamesAreMadeUpAndKept(t *testing.T) {
	a := configured(t, props{})
	first, _ := a.check(keyType, nil, props{"publicKey": publicKey})
	require.Regexp(t, `^res-[0-9a-f]{7}$`, first["keyName"].StringValue())
	second, _ := a.check(keyType, nil, props{"publicKey": publicKey})
	require.NotEqual(t, first["keyName"], second["keyName"], "a replacement needs another")
	again, _ := a.check(keyType, first, props{"publicKey": publicKey})
	require.Equal(t, first, again)
	given, _ := a.check(keyType, nil, props{"publicKey": publicKey, "keyName": "mine"})
	again, _ = a.check(keyType, given, props{"publicKey": publicKey})
	require.Regexp(t, `^res-[0-9a-f]{7}$`, again["keyName"].StringValue(), "a name that is no longer given")
}

// The second one is that of a run after one that was killed before it wrote down
// the first.
func TestTwoKeysOfOneResource(t *testing.T) {
	a := configured(t, props{})
	first := a.create(keyType, props{"publicKey": publicKey})
	second := a.create(keyType, props{"publicKey": publicKey})
	require.NotEqual(t, first.text("keyName"), second.text("keyName"))
	require.True(t, a.exists(keyType, first))
	require.True(t, a.exists(keyType, second))
	given := props{"publicKey": publicKey, "keyName": "mine"}
	a.create(keyType, given)
	_, err := a.try(keyType, given, false)
	require.ErrorContains(t, err, "creating EC2 KeyPair: api error InvalidKeyPair.Duplicate: The keypair already exists")
}

func TestChangesInPlaceThatAreRefused(t *testing.T) {
	a := configured(t, props{})
	inputs := with(a.instance(), "userData", "#cloud-config\n")
	machine := a.create(instanceType, inputs)
	for name, c := range map[string]struct {
		key   string
		value any
		words string
	}{
		"user data":   {"userData", "#!/bin/sh\n", "does not support changing user data in place"},
		"volume size": {"rootBlockDevice", props{"volumeSize": 20}, "does not support changing a root volume in place"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := a.update(instanceType, machine, with(inputs, c.key, c.value))
			require.ErrorContains(t, err, c.words)
		})
	}
	vpc := a.create(vpcType, props{"cidrBlock": "10.87.0.0/16"})
	_, err := a.update(vpcType, vpc, props{"cidrBlock": "10.87.0.0/16", "assignGeneratedIpv6CidrBlock": true})
	require.ErrorContains(t, err, "does not support giving a VPC an IPv6 block")
}

func TestAnInstanceChangesInPlace(t *testing.T) {
	a := configured(t, props{})
	inputs := a.instance()
	machine := a.create(instanceType, inputs)
	after, err := a.update(instanceType, machine, with(inputs, "metadataOptions", props{"httpTokens": "required"}))
	require.NoError(t, err)
	require.Equal(t, "required", after.state["metadataOptions"].ObjectValue()["httpTokens"].StringValue())
	require.Equal(t, machine.text("privateIp"), after.text("privateIp"))
	after, err = a.update(instanceType, machine, with(inputs, "creditSpecification", props{"cpuCredits": "standard"}))
	require.NoError(t, err)
	require.Equal(t, "standard", after.state["creditSpecification"].ObjectValue()["cpuCredits"].StringValue())
}

func TestUserDataThatIsEncodedAlready(t *testing.T) {
	a := configured(t, props{})
	inputs := a.instance()
	plain := a.create(instanceType, with(inputs, "userData", "#cloud-config\n"))
	encoded := a.create(instanceType, with(inputs, "userData", "I2Nsb3VkLWNvbmZpZwo="))
	require.Equal(t, "c0af657a8122db11fb8541f90feab7871c2c3d71", plain.text("userData"))
	require.Equal(t, "c0af657a8122db11fb8541f90feab7871c2c3d71", encoded.text("userData"))
	for _, m := range a.datacenter.Machines() {
		require.Equal(t, "#cloud-config\n", m.UserData)
	}
}

func TestRulesAndRoutesThatAreNotListedStay(t *testing.T) {
	a := configured(t, props{})
	vpc := a.vpc()
	gateway := a.create(gatewayType, props{"vpcId": vpc})
	group, table := a.create(groupType, props{"vpcId": vpc}), a.create(tableType, props{"vpcId": vpc})
	backend, err := a.cloud.Region("us-east-1")
	require.NoError(t, err)
	rule := ec2.RuleSpec{Protocol: "udp", From: 1194, To: 1194, Peer: "::/0"}
	require.NoError(t, backend.AuthorizeSecurityGroup(t.Context(), group.id, []ec2.RuleSpec{rule}))
	route := ec2.Route{Destination: netip.MustParsePrefix("::/0"), GatewayID: gateway.id}
	require.NoError(t, backend.CreateRoute(t.Context(), table.id, route))

	group, err = a.update(groupType, group, props{"vpcId": vpc, "tags": props{"a": "b"}})
	require.NoError(t, err)
	require.Len(t, group.state["ingress"].ArrayValue(), 1, "they are answered")
	table, err = a.update(tableType, table, props{"vpcId": vpc, "tags": props{"a": "b"}})
	require.NoError(t, err)
	require.Len(t, table.state["routes"].ArrayValue(), 1, "they are answered")
}

func TestAnAddressOfAnInstance(t *testing.T) {
	a := configured(t, props{})
	machine := a.create(instanceType, a.instance())
	address := a.create(eipType, props{})
	association := a.create(associationType, props{"allocationId": address.id, "instanceId": machine.id})
	require.Equal(t, "203.0.113.16", association.text("publicIp"))
	require.Contains(t, a.datacenter.Calls(), "map us-east-1 203.0.113.16=10.86.0.4")
	require.ErrorContains(t, a.delete(eipType, address), "api error InvalidIPAddress.InUse: ", "its state is older than the association")
	require.NoError(t, a.delete(eipType, a.refreshed(eipType, address)), "upstream disassociates it first")
	require.Equal(t, []string{"unmap us-east-1 203.0.113.16"}, a.datacenter.Calls())
	require.False(t, a.exists(associationType, association))
}

func TestAnAddressWhoseAssociationIsGoneIsReleased(t *testing.T) {
	a := configured(t, props{})
	machine := a.create(instanceType, a.instance())
	address := a.create(eipType, props{})
	a.create(associationType, props{"allocationId": address.id, "instanceId": machine.id})
	address = a.refreshed(eipType, address)
	require.NotEmpty(t, address.text("associationId"))
	require.NoError(t, a.delete(instanceType, machine))
	require.NoError(t, a.delete(eipType, address))
	require.NotContains(t, a.cloud.Inventory(), "us-east-1 "+address.id)
}

func TestARouteChangesInPlace(t *testing.T) {
	a := configured(t, props{})
	vpc := a.vpc()
	gateway := a.create(gatewayType, props{"vpcId": vpc})
	inputs := props{"vpcId": vpc, "routes": []any{props{"cidrBlock": "0.0.0.0/0", "gatewayId": gateway.id}}}
	table := a.create(tableType, inputs)
	_, err := a.update(tableType, table, with(inputs, "routes", []any{props{"ipv6CidrBlock": "::/0", "gatewayId": gateway.id}}))
	require.NoError(t, err)
	backend, err := a.cloud.Region("us-east-1")
	require.NoError(t, err)
	kept, err := backend.DescribeRouteTable(table.id)
	require.NoError(t, err)
	require.Equal(t, []ec2.Route{{Destination: netip.MustParsePrefix("::/0"), GatewayID: gateway.id}}, kept.Routes)
}
