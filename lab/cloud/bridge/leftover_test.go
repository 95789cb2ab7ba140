package bridge_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/stretchr/testify/require"
)

// What a killed run left is in the way of the next one, and of the deletion of what
// the state knows. The messages are those that users of AWS quote, for example in
// https://github.com/hashicorp/terraform-provider-aws/issues/38960.
func TestWhatIsLeftOverIsInTheWay(t *testing.T) {
	a := configured(t, props{})
	key := a.create(keyType, props{"publicKey": publicKey, "keyName": "vpn"})
	vpc := a.create(vpcType, props{"cidrBlock": "10.86.0.0/16"})
	group := a.create(groupType, props{"vpcId": vpc.id, "name": "vpn"})
	gateway := a.create(gatewayType, props{"vpcId": vpc.id})
	table := a.create(tableType, props{"vpcId": vpc.id})
	inSubnet := props{"vpcId": vpc.id, "cidrBlock": "10.86.0.0/24", "availabilityZone": "us-east-1b"}
	subnet := a.create(subnetType, inSubnet)
	a.create(followsType, props{"routeTableId": table.id, "subnetId": subnet.id})
	ami := a.call(getAmi, props{"filters": filter("name", "debian-13-amd64-*")})["imageId"].StringValue()
	machine := a.create(instanceType, props{
		"ami": ami, "instanceType": "t3.nano", "subnetId": subnet.id, "vpcSecurityGroupIds": []any{group.id},
	})
	address := a.create(eipType, props{})
	a.create(associationType, props{"allocationId": address.id, "instanceId": machine.id})

	for name, c := range map[string]struct {
		token  tokens.Type
		inputs props
		words  string
	}{
		"subnet":  {subnetType, inSubnet, "InvalidSubnet.Conflict: The CIDR '10.86.0.0/24' conflicts with another subnet"},
		"gateway": {gatewayType, props{"vpcId": vpc.id}, "InvalidParameterValue: Network " + vpc.id + " already has an internet gateway attached"},
		"association": {followsType, props{"routeTableId": table.id, "subnetId": subnet.id},
			"Resource.AlreadyAssociated: the specified association for route table " + table.id + " conflicts with an existing association"},
		"group": {groupType, props{"vpcId": vpc.id, "name": "vpn"},
			"InvalidGroup.Duplicate: The security group 'vpn' already exists for VPC '" + vpc.id + "'"},
		"key": {keyType, props{"publicKey": publicKey, "keyName": "vpn"}, "InvalidKeyPair.Duplicate: The keypair already exists"},
	} {
		t.Run("creating a second "+name, func(t *testing.T) {
			before := a.cloud.Inventory()
			_, err := a.try(c.token, c.inputs, false)
			require.ErrorContains(t, err, "api error "+c.words)
			require.Equal(t, before, a.cloud.Inventory())
		})
	}
	for name, c := range map[string]struct {
		token tokens.Type
		made  made
		words string
	}{
		"vpc":     {vpcType, vpc, "DependencyViolation: The vpc '" + vpc.id + "' has dependencies and cannot be deleted."},
		"subnet":  {subnetType, subnet, "DependencyViolation: The subnet '" + subnet.id + "' has dependencies and cannot be deleted."},
		"group":   {groupType, group, "DependencyViolation: resource " + group.id + " has a dependent object"},
		"table":   {tableType, table, "DependencyViolation: The routeTable '" + table.id + "' has dependencies and cannot be deleted."},
		"gateway": {gatewayType, gateway, "DependencyViolation: Network " + vpc.id + " has some mapped public address(es)."},
		"address": {eipType, address, "InvalidIPAddress.InUse: Address " + address.text("publicIp") + " is in use."},
	} {
		t.Run("deleting the "+name, func(t *testing.T) {
			require.ErrorContains(t, a.delete(c.token, c.made), "api error "+c.words)
			require.True(t, a.exists(c.token, c.made))
		})
	}
	require.NoError(t, a.delete(keyType, key), "what runs keeps its key")
}
