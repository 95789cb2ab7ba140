package ec2_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/cloud/ec2"
)

func TestGroupRefuses(t *testing.T) {
	cases := map[string]struct {
		spec  ec2.GroupSpec
		code  string
		words string
	}{
		"a second one of the name": {ec2.GroupSpec{Name: "vpn", Description: "x"}, "InvalidGroup.Duplicate", "The security group 'vpn' already exists for VPC 'vpc-"},
		"the default's name":       {ec2.GroupSpec{Name: "default", Description: "x"}, "InvalidGroup.Duplicate", "already exists"},
		"a name like an id":        {ec2.GroupSpec{Name: "sg-vpn", Description: "x"}, "InvalidParameterValue", "Group names may not be in the format sg-*"},
		"no description":           {ec2.GroupSpec{Name: "a"}, "MissingParameter", "GroupDescription"},
		"an apostrophe":            {ec2.GroupSpec{Name: "a", Description: "Darrell's"}, "InvalidParameterValue", "Invalid security group description. Valid descriptions are"},
		"an angle bracket":         {ec2.GroupSpec{Name: "a", Description: "a > b"}, "InvalidParameterValue", "Invalid security group description."},
		"a dash beyond ASCII":      {ec2.GroupSpec{Name: "a", Description: "VPN — all"}, "InvalidParameterValue", "Value (VPN — all) for parameter GroupDescription is invalid. Character sets beyond ASCII are not supported."},
		"too long a description":   {ec2.GroupSpec{Name: "a", Description: strings.Repeat("x", 256)}, "InvalidParameterValue", "less than 256 characters"},
		"a VPC that is not":        {ec2.GroupSpec{Name: "a", Description: "x", VpcID: "vpc-0123456789abcdef0"}, "InvalidVpcID.NotFound", "does not exist"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if c.spec.VpcID == "" {
				c.spec.VpcID = w.vpc.ID
			}
			_, err := w.CreateSecurityGroup(c.spec)
			refused(t, err, c.code, c.words)
		})
	}
}

func TestAGroupsDescriptionMayUseAllOfItsCharacters(t *testing.T) {
	w := newWorld(t)
	_, err := w.CreateSecurityGroup(ec2.GroupSpec{VpcID: w.vpc.ID, Name: "a", Description: "aZ9. _-:/()#,@[]+=&;{}!$*"})
	require.NoError(t, err)
}

func udp(from, to int, peer string) ec2.RuleSpec {
	return ec2.RuleSpec{Protocol: "udp", From: from, To: to, Peer: peer}
}

func TestRuleRefuses(t *testing.T) {
	described := udp(53, 53, "0.0.0.0/0")
	described.Description = "Darrell's DNS"
	for name, c := range map[string]struct {
		spec  ec2.RuleSpec
		code  string
		words string
	}{
		"a second one":      {udp(1194, 1194, "0.0.0.0/0"), "InvalidPermission.Duplicate", `the specified rule "peer: 0.0.0.0/0, UDP, from port: 1194, to port: 1194, ALLOW" already exists`},
		"a port too high":   {udp(65536, 65536, "0.0.0.0/0"), "InvalidParameterValue", "Invalid TCP/UDP port range (65536:65536)"},
		"a port too low":    {udp(-2, 80, "0.0.0.0/0"), "InvalidParameterValue", "Invalid TCP/UDP port range (-2:80)"},
		"ports in disorder": {udp(2000, 1000, "0.0.0.0/0"), "InvalidParameterValue", "Invalid TCP/UDP port range (2000:1000)"},
		"no ports":          {udp(ec2.AnyPort, ec2.AnyPort, "0.0.0.0/0"), "InvalidParameterValue", "Must specify both from and to ports with TCP/UDP."},
		"ports of all":      {ec2.RuleSpec{Protocol: "all", From: 22, To: 22, Peer: "0.0.0.0/0"}, "InvalidParameterValue", "for portRange"},
		"a type of ICMP":    {ec2.RuleSpec{Protocol: "icmp", From: 8, To: ec2.AnyPort, Peer: "0.0.0.0/0"}, "InvalidParameterValue", "for portRange"},
		"host bits":         {udp(53, 53, "192.0.2.1/24"), "InvalidParameterValue", `did you mean "192.0.2.0/24"?`},
		"host bits of IPv6": {udp(53, 53, "2001:db8::1/64"), "InvalidParameterValue", `did you mean "2001:db8::/64"?`},
		"an address":        {udp(53, 53, "192.0.2.1"), "InvalidParameterValue", "This is not a valid CIDR block."},
		"nobody":            {udp(53, 53, ""), "InvalidParameterValue", "This is not a valid CIDR block."},
		"a bad description": {described, "InvalidParameterValue", "Invalid rule description. Valid descriptions are"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.authorize(udp(1194, 1194, "0.0.0.0/0"))
			before, err := w.DescribeSecurityGroup(w.group.ID)
			require.NoError(t, err)
			err = w.AuthorizeSecurityGroup(t.Context(), w.group.ID, []ec2.RuleSpec{udp(443, 443, "0.0.0.0/0"), c.spec})
			refused(t, err, c.code, c.words)
			after, err := w.DescribeSecurityGroup(w.group.ID)
			require.NoError(t, err)
			require.Equal(t, before, after, "all or none")
		})
	}
	_, err := ec2.ParseProtocol("gre")
	refused(t, err, "InvalidParameterValue", "Unknown protocol")
}

func TestRevokingIsAllOrNone(t *testing.T) {
	w := newWorld(t)
	w.authorize(udp(1, 1, "0.0.0.0/0"))
	before, err := w.DescribeSecurityGroup(w.group.ID)
	require.NoError(t, err)
	err = w.RevokeSecurityGroup(t.Context(), w.group.ID, []ec2.RuleSpec{udp(1, 1, "0.0.0.0/0"), udp(2, 2, "0.0.0.0/0")})
	refused(t, err, "InvalidPermission.NotFound", "does not exist in this security group")
	after, err := w.DescribeSecurityGroup(w.group.ID)
	require.NoError(t, err)
	require.Equal(t, before, after)
}

// out is what a group of EC2's lets out from the start.
var out = []ec2.Rule{
	{Protocol: "all", Peer: netip.MustParsePrefix("0.0.0.0/0")}, {Protocol: "all", Peer: netip.MustParsePrefix("::/0")},
}

func TestRulesReachTheMachines(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	i := w.launch()
	require.Equal(t, out, w.datacenter.Rules(i.ID))
	w.datacenter.Calls()

	w.authorize(udp(1194, 1195, "192.0.2.0/24"))
	in := ec2.Rule{Ingress: true, Protocol: "udp", FromPort: 1194, ToPort: 1195, Peer: netip.MustParsePrefix("192.0.2.0/24")}
	require.Equal(t, append(out[:2:2], in), w.datacenter.Rules(i.ID))
	require.NoError(t, w.RevokeSecurityGroup(ctx, w.group.ID, []ec2.RuleSpec{udp(1194, 1195, "192.0.2.0/24")}))
	require.Equal(t, out, w.datacenter.Rules(i.ID))
	require.Equal(t, []string{"filter us-east-1 " + i.ID, "filter us-east-1 " + i.ID}, w.datacenter.Calls())

	https := ec2.RuleSpec{Protocol: "tcp", From: 443, To: 443, Peer: "::/0"}
	w.authorize(https)
	in = ec2.Rule{Ingress: true, Protocol: "tcp", FromPort: 443, ToPort: 443, Peer: netip.MustParsePrefix("::/0")}
	require.Equal(t, append(out[:2:2], in), w.datacenter.Rules(i.ID))
	require.NoError(t, w.RevokeSecurityGroup(ctx, w.group.ID, []ec2.RuleSpec{https}))
	w.datacenter.Calls()

	require.NoError(t, w.ModifyInstance(ctx, i.ID, []string{w.vpc.DefaultGroup}, ec2.Settings{}, nil))
	w.authorize(udp(1, 1, "192.0.2.0/24"))
	require.Empty(t, w.datacenter.Calls(), "the instance left the group, and its new one lets out the same")
}

func TestWithoutARouteNothingPasses(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.authorize(udp(1194, 1194, "192.0.2.0/24"))
	i := w.launch()
	require.Len(t, w.datacenter.Rules(i.ID), 3)

	require.NoError(t, w.DeleteRoute(ctx, w.table.ID, netip.MustParsePrefix("::/0")))
	require.NoError(t, w.DeleteRoute(ctx, w.table.ID, netip.MustParsePrefix("0.0.0.0/0")))
	require.Equal(t, []ec2.Rule{
		{Protocol: "all", Peer: netip.MustParsePrefix("10.86.0.0/16")},
		{Protocol: "all", Peer: netip.MustParsePrefix("2001:db8:1000::/56")},
	}, w.datacenter.Rules(i.ID), "only the VPC is left")

	w.route("192.0.2.0/25")
	require.Contains(t, w.datacenter.Rules(i.ID), ec2.Rule{
		Ingress: true, Protocol: "udp", FromPort: 1194, ToPort: 1194, Peer: netip.MustParsePrefix("192.0.2.0/25"),
	}, "half of the peers can be answered")
}

func TestWithoutAGatewayNothingPasses(t *testing.T) {
	w := newWorld(t)
	i := w.launch()
	require.NoError(t, w.DetachInternetGateway(t.Context(), w.gateway.ID, w.vpc.ID))
	require.NotContains(t, w.datacenter.Rules(i.ID), out[0])
	require.NoError(t, w.AttachInternetGateway(t.Context(), w.gateway.ID, w.vpc.ID))
	require.Equal(t, out, w.datacenter.Rules(i.ID))
}
