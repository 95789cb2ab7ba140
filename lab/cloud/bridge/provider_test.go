package bridge_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
)

const (
	vpcType         = "aws:ec2/vpc:Vpc"
	subnetType      = "aws:ec2/subnet:Subnet"
	gatewayType     = "aws:ec2/internetGateway:InternetGateway"
	tableType       = "aws:ec2/routeTable:RouteTable"
	followsType     = "aws:ec2/routeTableAssociation:RouteTableAssociation"
	groupType       = "aws:ec2/securityGroup:SecurityGroup"
	keyType         = "aws:ec2/keyPair:KeyPair"
	instanceType    = "aws:ec2/instance:Instance"
	powerType       = "aws:ec2transitgateway/instanceState:InstanceState"
	eipType         = "aws:ec2/eip:Eip"
	associationType = "aws:ec2/eipAssociation:EipAssociation"
)

func (a *attached) vpc() string {
	return a.create(vpcType, props{"cidrBlock": "10.86.0.0/16", "assignGeneratedIpv6CidrBlock": true}).id
}

// instance is the inputs of an instance, in a network of its own.
func (a *attached) instance() props {
	vpc := a.vpc()
	a.create(gatewayType, props{"vpcId": vpc})
	subnet := a.create(subnetType, props{"vpcId": vpc, "cidrBlock": "10.86.0.0/24", "availabilityZone": "us-east-1b"})
	ami := a.call(getAmi, props{"filters": filter("name", "debian-13-amd64-*")})["imageId"].StringValue()
	return props{"ami": ami, "instanceType": "t3.nano", "subnetId": subnet.id}
}

func TestUnsupportedInputsAreRefused(t *testing.T) {
	a := configured(t, props{})
	rule := props{"protocol": "udp", "fromPort": 1, "toPort": 1}
	for name, c := range map[string]struct {
		token  tokens.Type
		inputs props
	}{
		"vpc":         {vpcType, props{"cidrBlock": "10.86.0.0/16", "ipv4IpamPoolId": "x"}},
		"subnet":      {subnetType, props{"vpcId": "x", "cidrBlock": "10.86.0.0/24", "ipv6Native": true}},
		"gateway":     {gatewayType, props{"region": "eu-west-1"}},
		"table":       {tableType, props{"vpcId": "x", "propagatingVgws": []any{"x"}}},
		"table route": {tableType, props{"vpcId": "x", "routes": []any{props{"cidrBlock": "0.0.0.0/0", "natGatewayId": "x"}}}},
		"follows":     {followsType, props{"routeTableId": "x", "subnetId": "x", "gatewayId": "x"}},
		"group":       {groupType, props{"vpcId": "x", "namePrefix": "x"}},
		"self":        {groupType, props{"vpcId": "x", "ingress": []any{with(rule, "self", true)}}},
		"peer group":  {groupType, props{"vpcId": "x", "ingress": []any{with(rule, "securityGroups", []any{"x"})}}},
		"key":         {keyType, props{"publicKey": "x", "keyNamePrefix": "x"}},
		"profile":     {instanceType, props{"ami": "x", "instanceType": "x", "iamInstanceProfile": "x"}},
		"second disk": {instanceType, props{"ami": "x", "instanceType": "x", "ebsBlockDevices": []any{}}},
		"iops":        {instanceType, props{"ami": "x", "instanceType": "x", "rootBlockDevice": props{"iops": 3000}}},
		"power":       {powerType, props{"instanceId": "x", "state": "running", "region": "x"}},
		"eip":         {eipType, props{"networkInterface": "x"}},
		"public":      {instanceType, props{"ami": "x", "instanceType": "x", "associatePublicIpAddress": true}},
		"record":      {recordType, props{"zoneId": "x", "name": "x", "type": "A", "setIdentifier": "x"}},
		"output":      {instanceType, props{"ami": "x", "instanceType": "x", "privateIp": "10.86.0.9"}},
		"association": {associationType, props{"allocationId": "x", "instanceId": "x", "allowReassociation": true}},
	} {
		t.Run(name, func(t *testing.T) {
			_, failures := a.check(c.token, nil, c.inputs)
			require.Len(t, failures, 1)
			require.Contains(t, failures[0].GetReason(), "nrecognized")
		})
	}
}

func TestUnsupportedSettingsAreRefused(t *testing.T) {
	a := attach(t)
	usual := props{
		"region": "us-east-1", "skipCredentialsValidation": false, "skipRegionValidation": true,
		"defaultTags": props{"tags": props{"a": "b"}},
	}
	check := func(config props) []*rpc.CheckFailure {
		resp, err := a.CheckConfig(t.Context(), &rpc.CheckRequest{News: a.wire(bag(config))})
		require.NoError(t, err)
		return resp.GetFailures()
	}
	require.Empty(t, check(usual))
	for key, setting := range (props{
		"profile": "me", "skipCredentialsValidation": true, "ignoreTags": props{"keys": []any{"a"}},
	}) {
		failures := check(with(usual, key, setting))
		require.Len(t, failures, 1)
		require.Equal(t, key, failures[0].GetProperty())
	}
}

// refusedRegion is why CheckConfig refuses a provider of a region.
func (a *attached) refusedRegion(region any) []string {
	a.t.Helper()
	resp, err := a.CheckConfig(a.t.Context(), &rpc.CheckRequest{
		Urn: urn("pulumi:providers:aws"), News: a.wire(bag(props{"region": region})),
	})
	require.NoError(a.t, err)
	var reasons []string
	for _, failure := range resp.GetFailures() {
		require.Empty(a.t, failure.GetProperty(), "no property is to blame")
		reasons = append(reasons, failure.GetReason())
	}
	return reasons
}

func TestRegionsThatDoNotKnowTheCallerAreRefusedByCheckConfig(t *testing.T) {
	a := attach(t)
	reasons := a.refusedRegion("me-south-1")
	require.Len(t, reasons, 1)
	require.Regexp(t, `^Invalid credentials configured\.\n`, reasons[0])
	require.NotContains(t, reasons[0], "InvalidClientTokenId", "the provider keeps AWS's answer to itself")
	reasons = a.refusedRegion("us-east-9")
	require.Len(t, reasons, 1)
	require.Regexp(t, `(?s)^unable to validate AWS credentials\.\nDetails: .*lookup sts\.us-east-9\.amazonaws\.com: no such host\n$`, reasons[0])
	require.Empty(t, a.refusedRegion("us-east-1"))
	require.Empty(t, a.refusedRegion(unknown), "a preview may not know it yet")
}

func TestConfigurePassesAWSsAnswerOn(t *testing.T) {
	a := attach(t)
	err := a.configure(props{"region": "me-south-1"})
	require.ErrorContains(t, err, "validating provider credentials: retrieving caller identity from STS: ")
	require.ErrorContains(t, err, "api error InvalidClientTokenId: The security token included in the request is invalid.")
	err = a.configure(props{"region": "us-east-9"})
	require.ErrorContains(t, err, "no such host")
}

func TestAConnectionWithoutARegionDoesNothing(t *testing.T) {
	_, err := attach(t).try(eipType, props{}, false)
	require.ErrorContains(t, err, "not configured")
}

func TestAPreviewRefusesBadForm(t *testing.T) {
	a := configured(t, props{})
	rule := props{"protocol": "udp", "fromPort": 2000, "toPort": 1000, "cidrBlocks": []any{"0.0.0.0/0"}}
	for name, c := range map[string]struct {
		token  tokens.Type
		inputs props
		words  string
	}{
		"vpc":       {vpcType, props{"cidrBlock": "10.86.0.1/16"}, `did you mean "10.86.0.0/16"?`},
		"subnet":    {subnetType, props{"vpcId": "x", "cidrBlock": "10.86.0.1/24"}, `did you mean "10.86.0.0/24"?`},
		"group":     {groupType, props{"vpcId": "x", "description": "Darrell's"}, "Invalid security group description"},
		"rules":     {groupType, props{"vpcId": "x", "ingress": []any{rule}}, "Invalid TCP/UDP port range (2000:1000)"},
		"key":       {keyType, props{"publicKey": "x"}, "InvalidKey.Format"},
		"user data": {instanceType, props{"ami": "x", "instanceType": "x", "userData": strings.Repeat("x", 16385)}, "User data is limited"},
		"credits": {instanceType, props{"ami": "x", "instanceType": "x",
			"creditSpecification": props{"cpuCredits": "endless"}}, "CpuCredits"},
		"shutdown": {instanceType, props{"ami": "x", "instanceType": "x",
			"instanceInitiatedShutdownBehavior": "hibernate"}, "InstanceInitiatedShutdownBehavior"},
		"power":  {powerType, props{"instanceId": "x", "state": "terminated"}, `expected state to be one of ["running" "stopped"], got terminated`},
		"domain": {eipType, props{"domain": "standard"}, `expected "vpc"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := a.try(c.token, c.inputs, true)
			require.ErrorContains(t, err, c.words)
		})
	}
	require.Empty(t, a.cloud.Inventory())
}

func TestAPreviewToleratesTheUnknown(t *testing.T) {
	a := configured(t, props{})
	for token, inputs := range map[tokens.Type]props{
		vpcType:     {"cidrBlock": unknown, "tags": unknown},
		subnetType:  {"vpcId": unknown, "cidrBlock": unknown, "ipv6CidrBlock": unknown},
		gatewayType: {"vpcId": unknown},
		groupType:   {"vpcId": unknown, "name": unknown, "ingress": unknown},
		keyType:     {"publicKey": unknown},
		instanceType: {
			"ami": unknown, "instanceType": unknown, "subnetId": unknown, "keyName": unknown, "userData": unknown,
			"vpcSecurityGroupIds": []any{unknown},
		},
		associationType: {"allocationId": unknown, "instanceId": unknown},
		powerType:       {"instanceId": unknown, "state": unknown},
	} {
		t.Run(string(token), func(t *testing.T) {
			m, err := a.try(token, inputs, true)
			require.NoError(t, err)
			if arn, ok := m.state["arn"]; ok {
				require.True(t, arn.ContainsUnknowns(), "nothing is known of what does not exist")
			}
		})
	}
	require.Empty(t, a.cloud.Inventory())
}

func TestDeletingWhatIsGoneIsNoError(t *testing.T) {
	a := configured(t, props{})
	inputs := a.instance()
	vpc := a.create(vpcType, props{"cidrBlock": "10.87.0.0/16"})
	key := a.create(keyType, props{"publicKey": publicKey})
	group := a.create(groupType, props{"vpcId": vpc.id})
	table := a.create(tableType, props{"vpcId": vpc.id})
	subnet := a.create(subnetType, props{"vpcId": vpc.id, "cidrBlock": "10.87.0.0/24"})
	follows := a.create(followsType, props{"routeTableId": table.id, "subnetId": subnet.id})
	gateway := a.create(gatewayType, props{"vpcId": vpc.id})
	machine, address := a.create(instanceType, inputs), a.create(eipType, props{})
	association := a.create(associationType, props{"allocationId": address.id, "instanceId": machine.id})
	for _, thing := range []struct {
		token tokens.Type
		made  made
	}{
		{associationType, association}, {eipType, address}, {instanceType, machine},
		{gatewayType, gateway}, {followsType, follows}, {subnetType, subnet}, {tableType, table},
		{groupType, group}, {keyType, key}, {vpcType, vpc},
	} {
		require.True(t, a.exists(thing.token, thing.made), thing.token)
		require.NoError(t, a.delete(thing.token, thing.made))
		require.False(t, a.exists(thing.token, thing.made), thing.token)
		require.NoError(t, a.delete(thing.token, thing.made))
	}
}
