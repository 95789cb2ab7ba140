package bridge_test

import (
	"net/netip"
	"testing"

	sdk "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"tripvpn/lab/cloud/ec2"
)

func TestAServerComesAndGoes(t *testing.T) {
	e := start(t)
	s := standard("us-east-1")
	s.userData = "#cloud-config\n# hush-hush\n"
	program := servers(s)
	require.NotEmpty(t, e.preview(program), "a preview works before anything exists")
	require.Empty(t, e.cloud.Inventory())

	out := e.server(program)
	id := out["instance"].(string)
	require.Equal(t, "203.0.113.16", out["address"])
	require.Equal(t, "us-east-1b", out["zone"], "t3 is not offered in the first zone")
	require.Equal(t, "00281ff825732c7e59bdc1079bdc7154b3022e58", out["userData"], "its SHA-1")
	require.Equal(t, []string{"launch us-east-1 " + id, "map us-east-1 203.0.113.16=10.86.0.4"}, e.datacenter.Calls())
	require.Equal(t, []ec2.Machine{{
		Region: "us-east-1", ID: id, Image: "debian-13",
		Type: ec2.InstanceType{Name: "t3.nano", Architecture: ec2.X86, Burstable: true, VCPUs: 2, MemoryMiB: 512}, DiskGiB: 8,
		Gateway: netip.MustParsePrefix("10.86.0.1/24"), Address: netip.MustParseAddr("10.86.0.4"),
		Gateway6: netip.MustParsePrefix("2001:db8:1000::1/64"), Address6: netip.MustParseAddr("2001:db8:1000::4"),
		AuthorizedKey: publicKey, UserData: s.userData, Rules: []ec2.Rule{
			{Ingress: true, Protocol: "udp", FromPort: 1194, ToPort: 1194, Peer: netip.MustParsePrefix("0.0.0.0/0")},
			{Ingress: true, Protocol: "udp", FromPort: 1194, ToPort: 1194, Peer: netip.MustParsePrefix("::/0")},
			{Ingress: true, Protocol: "tcp", FromPort: 22, ToPort: 22, Peer: netip.MustParsePrefix("192.0.2.10/32")},
			{Protocol: "all", Peer: netip.MustParsePrefix("0.0.0.0/0")},
			{Protocol: "all", Peer: netip.MustParsePrefix("::/0")},
		},
	}}, e.datacenter.Machines())
	require.Contains(t, e.state(), "aws:ec2/instance:Instance")
	require.NotContains(t, e.state(), "hush-hush")

	e.unchanged(program)
	s.ami, s.reversed = "ami-0123456789abcdef0", true
	e.unchanged(servers(s))
	e.refresh()
	e.unchanged(program)
	e.destroy()
	require.Equal(t, []string{"unmap us-east-1 203.0.113.16", "terminate us-east-1 " + id}, e.datacenter.Calls())
}

func TestEachProviderKeepsToItsRegion(t *testing.T) {
	e := start(t)
	e.up(servers(standard("us-east-1"), standard("eu-west-1")))
	for region, address := range map[string]string{"us-east-1": "203.0.113.16", "eu-west-1": "203.0.113.32"} {
		out := e.exported(region)
		require.Equal(t, address, out["address"])
		require.Equal(t, region+"b", out["zone"])
		backend, err := e.cloud.Region(region)
		require.NoError(t, err)
		_, err = backend.DescribeInstance(out["instance"].(string))
		require.NoError(t, err, "the instance is in its region")
	}
	e.up(servers(standard("eu-west-1")))
	for _, thing := range e.cloud.Inventory() {
		require.Contains(t, thing, "eu-west-1 ")
	}
	e.destroy()
}

func TestAServerChanges(t *testing.T) {
	e := start(t)
	s := standard("us-east-1")
	before := e.server(servers(s))
	id := before["instance"].(string)
	e.datacenter.Calls()

	s.admin = "192.0.2.11/32"
	require.Equal(t, 1, e.preview(servers(s))["update"], "the group, and nothing that depends on it")
	require.Equal(t, before, e.server(servers(s)))
	require.Equal(t, []string{"filter us-east-1 " + id, "filter us-east-1 " + id}, e.datacenter.Calls(), "revoke, authorize")
	require.Contains(t, e.datacenter.Rules(id),
		ec2.Rule{Ingress: true, Protocol: "tcp", FromPort: 22, ToPort: 22, Peer: netip.MustParsePrefix("192.0.2.11/32")})
	require.NotContains(t, e.datacenter.Rules(id),
		ec2.Rule{Ingress: true, Protocol: "tcp", FromPort: 22, ToPort: 22, Peer: netip.MustParsePrefix("192.0.2.10/32")})

	s.key = otherKey
	require.Equal(t, 3, e.preview(servers(s))["replace"], "the key, the instance and its association")
	after := e.server(servers(s))
	require.NotEqual(t, before["key"], after["key"])
	require.NotEqual(t, id, after["instance"])
	require.Equal(t, before["address"], after["address"])
	require.Equal(t, []string{
		"launch us-east-1 " + after["instance"].(string),
		"unmap us-east-1 203.0.113.16", "map us-east-1 203.0.113.16=10.86.0.5",
		"terminate us-east-1 " + id,
	}, e.datacenter.Calls())
	e.unchanged(servers(s))
	e.destroy()
}

func TestRefreshMissesWhatWasTerminated(t *testing.T) {
	e := start(t)
	program := servers(standard("us-east-1"))
	id := e.server(program)["instance"].(string)
	backend, err := e.cloud.Region("us-east-1")
	require.NoError(t, err)
	require.NoError(t, backend.TerminateInstance(t.Context(), id))

	require.Equal(t, 2, e.refresh()["delete"], "the instance and its association")
	replaced := e.server(program)
	require.NotEqual(t, id, replaced["instance"])
	e.unchanged(program)
	e.destroy()
}

func TestRefusalsReachTheOperator(t *testing.T) {
	e := start(t)
	e.refused(servers(standard("me-south-1")), "has a problem: Invalid credentials configured.")
	s := standard("us-east-1")
	s.ami = "ami-0123456789abcdef0"
	e.refused(servers(s), "creating EC2 Instance: api error InvalidAMIID.NotFound: "+
		"The image id '[ami-0123456789abcdef0]' does not exist")
	s.change = func(args *sdk.InstanceArgs) { args.IamInstanceProfile = pulumi.String("admin") }
	e.refused(servers(s), "Unrecognized field 'iamInstanceProfile'")
	e.up(servers(standard("us-east-1")))
	e.destroy()
}
