package ec2_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/cloud/ec2"
)

func TestVpcRefuses(t *testing.T) {
	for cidr, want := range map[string]struct{ code, words string }{
		"10.86.0.1/16":    {"InvalidParameterValue", `"10.86.0.1/16" is not a valid IPv4 CIDR block; did you mean "10.86.0.0/16"?`},
		"10.86.0.0":       {"InvalidParameterValue", "This is not a valid CIDR block."},
		"2001:db8::/48":   {"InvalidParameterValue", "This is not a valid CIDR block."},
		"10.0.0.0/15":     {"InvalidVpc.Range", "The CIDR '10.0.0.0/15' is invalid."},
		"10.0.0.0/29":     {"InvalidVpc.Range", "The CIDR '10.0.0.0/29' is invalid."},
		"10.86.0.0/16 # ": {"InvalidParameterValue", "This is not a valid CIDR block."},
	} {
		t.Run(cidr, func(t *testing.T) {
			w := newWorld(t)
			_, err := w.CreateVpc(ec2.VpcSpec{CIDR: cidr})
			refused(t, err, want.code, want.words)
			refused(t, ec2.VpcSpec{CIDR: cidr}.Check(), want.code, want.words)
		})
	}
}

func TestVpcsGetDifferentIPv6Blocks(t *testing.T) {
	w := newWorld(t)
	v, err := w.CreateVpc(ec2.VpcSpec{CIDR: "10.86.0.0/16", IPv6: true})
	require.NoError(t, err)
	require.Equal(t, netip.MustParsePrefix("2001:db8:1000::/56"), w.vpc.Block6)
	require.Equal(t, netip.MustParsePrefix("2001:db8:1000:100::/56"), v.Block6)
}

func TestSubnetRefuses(t *testing.T) {
	cases := map[string]struct {
		spec  ec2.SubnetSpec
		code  string
		words string
	}{
		"host bits": {ec2.SubnetSpec{CIDR: "10.86.1.1/24"}, "InvalidParameterValue",
			`"10.86.1.1/24" is not a valid IPv4 CIDR block; did you mean "10.86.1.0/24"?`},
		"outside the VPC":        {ec2.SubnetSpec{CIDR: "10.87.0.0/24"}, "InvalidSubnet.Range", "'10.87.0.0/24' is invalid"},
		"larger than the VPC":    {ec2.SubnetSpec{CIDR: "10.86.0.0/15"}, "InvalidSubnet.Range", "'10.86.0.0/15' is invalid"},
		"too small":              {ec2.SubnetSpec{CIDR: "10.86.1.0/29"}, "InvalidSubnet.Range", "'10.86.1.0/29' is invalid"},
		"in the way of another":  {ec2.SubnetSpec{CIDR: "10.86.0.128/25"}, "InvalidSubnet.Conflict", "conflicts with another subnet"},
		"a zone of another":      {ec2.SubnetSpec{CIDR: "10.86.1.0/24", Zone: "eu-west-1a"}, "InvalidParameterValue", "Value (eu-west-1a) for parameter availabilityZone is invalid."},
		"IPv6 that is no /64":    {ec2.SubnetSpec{CIDR: "10.86.1.0/24", CIDR6: "2001:db8:1000::/60"}, "InvalidParameterValue", "invalid value for parameter ipv6-cidr-block: 2001:db8:1000::/60"},
		"IPv6 with host bits":    {ec2.SubnetSpec{CIDR: "10.86.1.0/24", CIDR6: "2001:db8:1000:1::1/64"}, "InvalidParameterValue", `did you mean "2001:db8:1000:1::/64"?`},
		"IPv6 of somebody else":  {ec2.SubnetSpec{CIDR: "10.86.1.0/24", CIDR6: "2001:db8:ffff::/64"}, "InvalidSubnet.Range", "'2001:db8:ffff::/64' is invalid"},
		"IPv6 that is taken":     {ec2.SubnetSpec{CIDR: "10.86.1.0/24", CIDR6: "2001:db8:1000::/64"}, "InvalidSubnet.Conflict", "conflicts with another subnet"},
		"IPv6 addresses without": {ec2.SubnetSpec{CIDR: "10.86.1.0/24", AssignIPv6: true}, "InvalidParameterValue", "Cannot set assign-ipv6-address-on-creation to true unless"},
		"a VPC that is not":      {ec2.SubnetSpec{CIDR: "10.86.1.0/24", VpcID: "vpc-0123456789abcdef0"}, "InvalidVpcID.NotFound", "The vpc ID 'vpc-0123456789abcdef0' does not exist"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if c.spec.VpcID == "" {
				c.spec.VpcID = w.vpc.ID
			}
			_, err := w.CreateSubnet(c.spec)
			refused(t, err, c.code, c.words)
		})
	}
}

func TestWhatIsInUseIsNotDeleted(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	i := w.launch()
	a, err := w.AssociateAddress(ctx, w.address().AllocationID, i.ID)
	require.NoError(t, err)

	refused(t, w.DeleteVpc(w.vpc.ID), "DependencyViolation", "The vpc '"+w.vpc.ID+"' has dependencies")
	refused(t, w.DeleteSubnet(w.subnet.ID), "DependencyViolation", "The subnet '"+w.subnet.ID+"' has dependencies")
	refused(t, w.DeleteSecurityGroup(w.group.ID), "DependencyViolation", "resource "+w.group.ID+" has a dependent object")
	refused(t, w.DeleteRouteTable(w.table.ID), "DependencyViolation", "The routeTable '"+w.table.ID+"' has dependencies")
	refused(t, w.DeleteRouteTable(w.vpc.MainTable), "DependencyViolation", "has dependencies")
	refused(t, w.DeleteSecurityGroup(w.vpc.DefaultGroup), "CannotDelete", "cannot be deleted by a user")
	refused(t, w.DetachInternetGateway(ctx, w.gateway.ID, w.vpc.ID), "DependencyViolation",
		"Network "+w.vpc.ID+" has some mapped public address(es).")
	refused(t, w.DeleteInternetGateway(w.gateway.ID), "DependencyViolation", "has dependencies")
	refused(t, w.ReleaseAddress(a.AllocationID), "InvalidIPAddress.InUse", "Address 203.0.113.16 is in use.")

	require.NoError(t, w.TerminateInstance(ctx, i.ID))
	require.NoError(t, w.ReleaseAddress(a.AllocationID))
	require.NoError(t, w.DetachInternetGateway(ctx, w.gateway.ID, w.vpc.ID))
	require.NoError(t, w.DeleteInternetGateway(w.gateway.ID))
	require.NoError(t, w.DeleteSubnet(w.subnet.ID))
	require.NoError(t, w.DeleteRouteTable(w.table.ID))
	require.NoError(t, w.DeleteSecurityGroup(w.group.ID))
	require.NoError(t, w.DeleteVpc(w.vpc.ID))
	require.NoError(t, w.DeleteKeyPair(w.key.Name))
	require.Empty(t, w.cloud.Inventory())
}

func TestGatewayRefuses(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	second, err := w.CreateInternetGateway(nil)
	require.NoError(t, err)
	refused(t, w.AttachInternetGateway(ctx, second.ID, w.vpc.ID), "InvalidParameterValue",
		"Network "+w.vpc.ID+" already has an internet gateway attached")
	refused(t, w.AttachInternetGateway(ctx, w.gateway.ID, w.vpc.ID), "Resource.AlreadyAssociated", "is already attached")
	refused(t, w.AttachInternetGateway(ctx, second.ID, "vpc-0123456789abcdef0"), "InvalidVpcID.NotFound", "does not exist")
	refused(t, w.DetachInternetGateway(ctx, second.ID, w.vpc.ID), "Gateway.NotAttached", "is not attached")
	_, err = w.DescribeInternetGateway("igw-0123456789abcdef0")
	refused(t, err, "InvalidInternetGatewayID.NotFound", "does not exist")
}

func TestRouteRefuses(t *testing.T) {
	w := newWorld(t)
	loose, err := w.CreateInternetGateway(nil)
	require.NoError(t, err)
	cases := map[string]struct {
		destination, gateway string
		code, words          string
	}{
		"a second one":       {"0.0.0.0/0", w.gateway.ID, "RouteAlreadyExists", "The route identified by 0.0.0.0/0 already exists."},
		"one within the VPC": {"10.86.9.0/24", w.gateway.ID, "InvalidParameterValue", "is equal to or more specific than one of this VPC's CIDR blocks"},
		"one to nowhere":     {"192.0.2.0/24", "igw-0123456789abcdef0", "InvalidGatewayID.NotFound", "The gateway ID 'igw-0123456789abcdef0' does not exist"},
		"a loose gateway":    {"192.0.2.0/24", loose.ID, "InvalidParameterValue", "belong to different networks"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			route := ec2.Route{Destination: netip.MustParsePrefix(c.destination), GatewayID: c.gateway}
			refused(t, w.CreateRoute(t.Context(), w.table.ID, route), c.code, c.words)
		})
	}
	_, err = ec2.ParseRoute("10.0.0.1/8", "", "")
	refused(t, err, "InvalidParameterValue", `did you mean "10.0.0.0/8"?`)
	_, err = ec2.ParseRoute("0.0.0.0/0", "::/0", "")
	refused(t, err, "MissingParameter", "exactly one destination")
	refused(t, w.DeleteRoute(t.Context(), w.table.ID, netip.MustParsePrefix("192.0.2.0/24")), "InvalidRoute.NotFound", "no route")
}

func TestTableAssociationRefuses(t *testing.T) {
	w := newWorld(t)
	_, err := w.AssociateRouteTable(t.Context(), w.table.ID, w.subnet.ID)
	refused(t, err, "Resource.AlreadyAssociated", "conflicts with an existing association")
	_, err = w.AssociateRouteTable(t.Context(), "rtb-0123456789abcdef0", w.subnet.ID)
	refused(t, err, "InvalidRouteTableID.NotFound", "does not exist")
	other, err := w.CreateVpc(ec2.VpcSpec{CIDR: "10.87.0.0/16"})
	require.NoError(t, err)
	_, err = w.AssociateRouteTable(t.Context(), other.MainTable, w.subnet.ID)
	refused(t, err, "InvalidParameterValue", "belong to different networks")
	refused(t, w.DisassociateRouteTable(t.Context(), "rtbassoc-0123456789abcdef0"), "InvalidAssociationID.NotFound", "does not exist")
}
