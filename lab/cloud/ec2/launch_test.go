package ec2_test

import (
	"bytes"
	"errors"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/cloud/ec2"
)

// refusals are changes to a spec that can be launched, and what EC2 says then.
var refusals = map[string]struct {
	change func(*world, *ec2.InstanceSpec)
	code   string
	words  string
}{
	"an image that does not exist": {
		func(_ *world, s *ec2.InstanceSpec) { s.ImageID = "ami-0123456789abcdef0" },
		"InvalidAMIID.NotFound", "The image id '[ami-0123456789abcdef0]' does not exist",
	},
	"an image of another region": {
		func(w *world, s *ec2.InstanceSpec) {
			other, err := w.cloud.Region("eu-west-1")
			require.NoError(w.t, err)
			s.ImageID = image(w.t, other)
		}, "InvalidAMIID.NotFound", "does not exist",
	},
	"an image id that is none": {
		func(_ *world, s *ec2.InstanceSpec) { s.ImageID = "debian-13" },
		"InvalidAMIID.Malformed", `Invalid id: "debian-13" (expecting "ami-...")`,
	},
	"an image of another architecture": {
		func(w *world, s *ec2.InstanceSpec) { s.Type = "t4g.nano" },
		"InvalidParameterValue", "The architecture 'arm64' of the specified instance type does not match the " +
			"architecture 'x86_64' of the specified AMI.",
	},
	"a type that does not exist": {
		func(_ *world, s *ec2.InstanceSpec) { s.Type = "t9.huge" },
		"InvalidParameterValue", "Invalid value 't9.huge' for InstanceType.",
	},
	"a type that the zone does not offer": {
		func(w *world, s *ec2.InstanceSpec) {
			sub, err := w.CreateSubnet(ec2.SubnetSpec{VpcID: w.vpc.ID, CIDR: "10.86.1.0/24", Zone: "us-east-1a"})
			require.NoError(w.t, err)
			s.SubnetID = sub.ID
		}, "Unsupported", "is not supported in your requested Availability Zone (us-east-1a). Please retry your " +
			"request by not specifying an Availability Zone or choosing us-east-1b, us-east-1c.",
	},
	"a key that does not exist": {
		func(_ *world, s *ec2.InstanceSpec) { s.KeyName = "nobody" },
		"InvalidKeyPair.NotFound", "The key pair 'nobody' does not exist",
	},
	"a group that does not exist": {
		func(_ *world, s *ec2.InstanceSpec) { s.GroupIDs = []string{"sg-0123456789abcdef0"} },
		"InvalidGroup.NotFound", "The security group 'sg-0123456789abcdef0' does not exist",
	},
	"a group id that is none": {
		func(_ *world, s *ec2.InstanceSpec) { s.GroupIDs = []string{"vpn"} },
		"InvalidGroupId.Malformed", `Invalid id: "vpn" (expecting "sg-...")`,
	},
	"a group of another VPC": {
		func(w *world, s *ec2.InstanceSpec) {
			other, err := w.CreateVpc(ec2.VpcSpec{CIDR: "10.87.0.0/16"})
			require.NoError(w.t, err)
			s.GroupIDs = []string{other.DefaultGroup}
		}, "InvalidParameter", "belong to different networks.",
	},
	"a subnet that does not exist": {
		func(_ *world, s *ec2.InstanceSpec) { s.SubnetID = "subnet-0123456789abcdef0" },
		"InvalidSubnetID.NotFound", "The subnet ID 'subnet-0123456789abcdef0' does not exist",
	},
	"no subnet, as there is no default VPC": {
		func(_ *world, s *ec2.InstanceSpec) { s.SubnetID = "" }, "VPCIdNotSpecified", "No default VPC for this user.",
	},
	"an IPv6 address of another subnet": {
		func(_ *world, s *ec2.InstanceSpec) { s.Address6 = "2001:db8:1000:1::1194" },
		"InvalidParameterValue", "does not fall within the subnet's address range",
	},
	"an IPv6 address of another instance": {
		func(w *world, s *ec2.InstanceSpec) {
			s.Address6 = "2001:db8:1000::1194"
			_, err := w.RunInstance(w.t.Context(), *s)
			require.NoError(w.t, err)
		}, "InvalidIPAddress.InUse", "2001:db8:1000::1194 is in use",
	},
	"too much user data": {
		func(_ *world, s *ec2.InstanceSpec) { s.UserData = bytes.Repeat([]byte("x"), 16385) },
		"InvalidParameterValue", "User data is limited to 16384 bytes",
	},
	"credits of a type without": {
		func(_ *world, s *ec2.InstanceSpec) { s.Type, s.Settings.Credits = "m6i.large", "unlimited" },
		"InvalidParameterCombination", "'m6i.large' does not support CPU credits",
	},
	"credits that do not exist": {
		func(_ *world, s *ec2.InstanceSpec) { s.Settings.Credits = "endless" },
		"InvalidParameterValue", "Value (endless) for parameter CpuCredits is invalid.",
	},
	"a shutdown behavior that does not exist": {
		func(_ *world, s *ec2.InstanceSpec) { s.Settings.Shutdown = "hibernate" },
		"InvalidParameterValue", "Value (hibernate) for parameter InstanceInitiatedShutdownBehavior is invalid.",
	},
	"tokens that do not exist": {
		func(_ *world, s *ec2.InstanceSpec) { s.Settings.Tokens = "v2" },
		"InvalidParameterValue", "Value (v2) for parameter HttpTokens is invalid.",
	},
	"too many hops": {
		func(_ *world, s *ec2.InstanceSpec) { s.Settings.HopLimit = 65 },
		"InvalidParameterValue", "Value (65) for parameter HttpPutResponseHopLimit is invalid.",
	},
	"a volume smaller than the image": {
		func(_ *world, s *ec2.InstanceSpec) { s.Volume.SizeGiB = 4 },
		"InvalidBlockDeviceMapping", "Volume of size 4GB is smaller than snapshot 'snap-",
	},
	"a volume type that does not exist": {
		func(_ *world, s *ec2.InstanceSpec) { s.Volume.Type = "gp9" },
		"InvalidParameterValue", "Value (gp9) for parameter volumeType is invalid.",
	},
}

func TestLaunchRefuses(t *testing.T) {
	for name, c := range refusals {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			s := w.spec()
			c.change(w, &s)
			launched := len(w.datacenter.Machines())
			_, err := w.RunInstance(t.Context(), s)
			refused(t, err, c.code, c.words)
			require.Len(t, w.datacenter.Machines(), launched, "nothing is launched")
		})
	}
}

func TestLaunchedAsAsked(t *testing.T) {
	w := newWorld(t)
	i := w.launch()
	require.Equal(t, ec2.Running, i.State)
	require.Equal(t, "us-east-1b", i.Zone)
	require.Equal(t, ec2.Settings{
		Credits: "unlimited", Shutdown: "stop", Endpoint: "enabled", Tokens: "optional", HopLimit: 1,
	}, i.Settings, "EC2's defaults")
	require.Equal(t, 8, i.Root.SizeGiB)
	m := w.datacenter.Machines()[0]
	require.Equal(t, "debian-13", m.Image)
	require.Equal(t, 8, m.DiskGiB)
	require.Equal(t, ec2.InstanceType{Name: "t3.nano", Architecture: ec2.X86, Burstable: true, VCPUs: 2, MemoryMiB: 512}, m.Type)
	require.Equal(t, publicKey, m.AuthorizedKey)
	require.Equal(t, netip.MustParsePrefix("10.86.0.1/24"), m.Gateway)
	require.Equal(t, netip.MustParseAddr("10.86.0.4"), m.Address)
	require.Equal(t, netip.MustParsePrefix("2001:db8:1000::1/64"), m.Gateway6)
	require.Equal(t, netip.MustParseAddr("2001:db8:1000::4"), m.Address6)
	require.Equal(t, netip.MustParseAddr("10.86.0.5"), w.launch().Address, "the next one")
}

func TestUserDataMayFillItsLimit(t *testing.T) {
	w := newWorld(t)
	s := w.spec()
	s.UserData = bytes.Repeat([]byte("x"), ec2.MaxUserData)
	_, err := w.RunInstance(t.Context(), s)
	require.NoError(t, err)
}

func TestASmallSubnetRunsOut(t *testing.T) {
	w := newWorld(t)
	sub, err := w.CreateSubnet(ec2.SubnetSpec{VpcID: w.vpc.ID, CIDR: "10.86.1.0/28", Zone: "us-east-1b"})
	require.NoError(t, err)
	s := w.spec()
	s.SubnetID = sub.ID
	for range 16 - 5 {
		_, err := w.RunInstance(t.Context(), s)
		require.NoError(t, err)
	}
	_, err = w.RunInstance(t.Context(), s)
	refused(t, err, "InsufficientFreeAddressesInSubnet", "not enough free addresses")
}

func TestALaunchThatFailsLeavesNothing(t *testing.T) {
	w := newWorld(t)
	before := w.cloud.Inventory()
	broken := errors.New("no root file system")
	w.datacenter.Fail("launch", broken)
	_, err := w.RunInstance(t.Context(), w.spec())
	require.ErrorIs(t, err, broken)
	require.Equal(t, before, w.cloud.Inventory())
	id := w.datacenter.Machines()[0].ID
	require.Contains(t, w.datacenter.Calls(), "terminate us-east-1 "+id, "half a machine is removed")
}

func TestAMachineThatCannotBeReachedIsNotKept(t *testing.T) {
	w := newWorld(t)
	// Its rules have changed when it is up.
	w.datacenter.Booting = func() { w.authorize(udp(1, 1, "0.0.0.0/0")) }
	before := w.cloud.Inventory()
	broken := errors.New("no such chain")
	w.datacenter.Fail("filter", broken)
	_, err := w.RunInstance(t.Context(), w.spec())
	require.ErrorIs(t, err, broken)
	require.Equal(t, before, w.cloud.Inventory())
	require.Contains(t, w.datacenter.Calls(), "terminate us-east-1 "+w.datacenter.Machines()[0].ID)
}

func TestRulesThatChangeWhileAMachineBoots(t *testing.T) {
	w := newWorld(t)
	w.datacenter.Booting = func() { w.authorize(udp(1194, 1194, "0.0.0.0/0")) }
	i := w.launch()
	require.Len(t, w.datacenter.Machines()[0].Rules, 2)
	require.Len(t, w.datacenter.Rules(i.ID), 3)
}

func TestRulesThatCannotBeAppliedAreNotKept(t *testing.T) {
	w := newWorld(t)
	w.launch()
	broken := errors.New("no such chain")
	w.datacenter.Fail("filter", broken)
	err := w.AuthorizeSecurityGroup(t.Context(), w.group.ID, []ec2.RuleSpec{udp(1194, 1194, "0.0.0.0/0")})
	require.ErrorIs(t, err, broken)
	g, err := w.DescribeSecurityGroup(w.group.ID)
	require.NoError(t, err)
	require.Len(t, g.Rules, 2)
}

func TestModifyRefuses(t *testing.T) {
	w := newWorld(t)
	i := w.launch()
	modify := func(groups []string, s ec2.Settings) error {
		return w.ModifyInstance(t.Context(), i.ID, groups, s, nil)
	}
	refused(t, modify(nil, ec2.Settings{}), "SecurityGroupsPerInterfaceLimitExceeded", "one to five")
	refused(t, modify([]string{"sg-0123456789abcdef0"}, ec2.Settings{}), "InvalidGroup.NotFound", "does not exist")
	refused(t, modify(i.GroupIDs, ec2.Settings{Credits: "endless"}), "InvalidParameterValue", "CpuCredits")
	after, err := w.DescribeInstance(i.ID)
	require.NoError(t, err)
	require.Equal(t, i, after, "a refusal changes nothing")
}
