package ec2_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/cloud/apierror"
	"tripvpn/lab/cloud/ec2"
	"tripvpn/lab/cloud/ec2/ec2test"
)

// publicKey is the public half of a key that nobody has the other half of.
const publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f operator"

// world is a region with a network that is ready for an instance.
type world struct {
	*ec2.Region
	t          *testing.T
	cloud      *ec2.Cloud
	datacenter *ec2test.Datacenter

	vpc     ec2.Vpc
	subnet  ec2.Subnet
	gateway ec2.Gateway
	table   ec2.Table
	group   ec2.Group
	key     ec2.Key
}

func newCloud(datacenter ec2.Datacenter) *ec2.Cloud {
	return ec2.New(datacenter, ec2.Options{
		Addresses: func(string) netip.Prefix { return netip.MustParsePrefix("203.0.113.16/28") },
		Networks6: func(string) netip.Prefix { return netip.MustParsePrefix("2001:db8:1000::/44") },
	})
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, datacenter: &ec2test.Datacenter{}}
	w.cloud = newCloud(w.datacenter)
	var err error
	w.Region, err = w.cloud.Region("us-east-1")
	require.NoError(t, err)
	w.vpc, err = w.CreateVpc(ec2.VpcSpec{CIDR: "10.86.0.0/16", IPv6: true})
	require.NoError(t, err)
	w.subnet, err = w.CreateSubnet(ec2.SubnetSpec{
		VpcID: w.vpc.ID, CIDR: "10.86.0.0/24", CIDR6: "2001:db8:1000::/64", Zone: "us-east-1b",
		AssignIPv6: true,
	})
	require.NoError(t, err)
	w.gateway, err = w.CreateInternetGateway(nil)
	require.NoError(t, err)
	require.NoError(t, w.AttachInternetGateway(t.Context(), w.gateway.ID, w.vpc.ID))
	w.table, err = w.CreateRouteTable(w.vpc.ID, nil)
	require.NoError(t, err)
	w.route("0.0.0.0/0")
	w.route("::/0")
	_, err = w.AssociateRouteTable(t.Context(), w.table.ID, w.subnet.ID)
	require.NoError(t, err)
	w.group, err = w.CreateSecurityGroup(ec2.GroupSpec{VpcID: w.vpc.ID, Name: "vpn", Description: "the VPN server"})
	require.NoError(t, err)
	w.key, err = w.ImportKeyPair(ec2.KeySpec{Name: "operator", PublicKey: publicKey})
	require.NoError(t, err)
	return w
}

func (w *world) route(destination string) {
	w.t.Helper()
	err := w.CreateRoute(w.t.Context(), w.table.ID,
		ec2.Route{Destination: netip.MustParsePrefix(destination), GatewayID: w.gateway.ID})
	require.NoError(w.t, err)
}

// image is the id of a region's image of Debian 13 on x86_64.
func image(t *testing.T, r *ec2.Region) string { return imageNamed(t, r, "debian-13-amd64-*") }

// imageNamed is the id of the one image whose name matches a pattern.
func imageNamed(t *testing.T, r *ec2.Region, pattern string) string {
	t.Helper()
	found, err := r.DescribeImages(ec2.ImageQuery{Filters: []ec2.Filter{{Name: "name", Values: []string{pattern}}}})
	require.NoError(t, err)
	require.Len(t, found, 1)
	return found[0].ID
}

// spec is of an instance that can be launched.
func (w *world) spec() ec2.InstanceSpec { return w.specOf(image(w.t, w.Region)) }

// specOf is the same of another image.
func (w *world) specOf(imageID string) ec2.InstanceSpec {
	return ec2.InstanceSpec{
		ImageID: imageID, Type: "t3.nano", SubnetID: w.subnet.ID, GroupIDs: []string{w.group.ID},
		KeyName: w.key.Name, UserData: []byte("#cloud-config\n"),
	}
}

func (w *world) launch() ec2.Instance {
	w.t.Helper()
	i, err := w.RunInstance(w.t.Context(), w.spec())
	require.NoError(w.t, err)
	return i
}

// authorize adds rules to the group.
func (w *world) authorize(specs ...ec2.RuleSpec) {
	w.t.Helper()
	require.NoError(w.t, w.AuthorizeSecurityGroup(w.t.Context(), w.group.ID, specs))
}

func (w *world) address() ec2.Address {
	w.t.Helper()
	a, err := w.AllocateAddress(nil)
	require.NoError(w.t, err)
	return a
}

// refused requires a refusal with a code, and with these words in it.
func refused(t *testing.T, err error, code, words string) {
	t.Helper()
	require.Error(t, err)
	require.True(t, apierror.Has(err, code), "want %s, got: %v", code, err)
	require.ErrorContains(t, err, "api error "+code+": ")
	require.ErrorContains(t, err, words)
}
