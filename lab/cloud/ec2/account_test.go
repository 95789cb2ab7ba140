package ec2_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"

	"tripvpn/lab/cloud/ec2"
	"tripvpn/lab/cloud/ec2/ec2test"
)

func TestRegionsThatAreNotEnabled(t *testing.T) {
	cloud := newCloud(&ec2test.Datacenter{})
	_, err := cloud.Region("me-south-1")
	refused(t, err, "AuthFailure", "AWS was not able to validate the provided access credentials")
	_, err = cloud.Region("us-east-9")
	require.ErrorContains(t, err, "lookup ec2.us-east-9.amazonaws.com: no such host")
	first, err := cloud.Region("us-east-1")
	require.NoError(t, err)
	again, err := cloud.Region("us-east-1")
	require.NoError(t, err)
	require.Same(t, first, again, "one book a region")
}

func authorized(t *testing.T, key any) string {
	t.Helper()
	public, err := ssh.NewPublicKey(key)
	require.NoError(t, err)
	return string(ssh.MarshalAuthorizedKey(public))
}

func TestKeyPairRefuses(t *testing.T) {
	w := newWorld(t)
	_, err := w.ImportKeyPair(ec2.KeySpec{Name: "operator", PublicKey: publicKey})
	refused(t, err, "InvalidKeyPair.Duplicate", "The keypair already exists")
	for _, text := range []string{"", "ssh-ed25519", "-----BEGIN PUBLIC KEY-----"} {
		_, err = w.ImportKeyPair(ec2.KeySpec{Name: "other", PublicKey: text})
		refused(t, err, "InvalidKey.Format", "Key is not in valid OpenSSH public key format")
	}
	unknown, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	_, err = w.ImportKeyPair(ec2.KeySpec{Name: "other", PublicKey: authorized(t, unknown.Public())})
	refused(t, err, "InvalidKey.Format", "valid OpenSSH")
	require.NoError(t, w.DeleteKeyPair("nobody"))
}

func TestKeyPairKnowsItsKind(t *testing.T) {
	w := newWorld(t)
	public, _, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	k, err := w.ImportKeyPair(ec2.KeySpec{Name: "other", PublicKey: authorized(t, public)})
	require.NoError(t, err)
	require.Equal(t, "ed25519", k.Type)
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	k, err = w.ImportKeyPair(ec2.KeySpec{Name: "old", PublicKey: authorized(t, private.Public())})
	require.NoError(t, err)
	require.Equal(t, "rsa", k.Type)
	require.Regexp(t, `^[0-9a-f]{2}(:[0-9a-f]{2}){15}$`, k.Fingerprint)
}

func TestFiveAddressesARegion(t *testing.T) {
	w := newWorld(t)
	for range ec2.MaxElastic {
		w.address()
	}
	_, err := w.AllocateAddress(nil)
	refused(t, err, "AddressLimitExceeded", "The maximum number of addresses has been reached.")
	other, err := w.cloud.Region("eu-west-1")
	require.NoError(t, err)
	_, err = other.AllocateAddress(nil)
	require.NoError(t, err)
}

func TestAssociationRefuses(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	i, a := w.launch(), w.address()
	_, err := w.AssociateAddress(ctx, "eipalloc-0123456789abcdef0", i.ID)
	refused(t, err, "InvalidAllocationID.NotFound", "The allocation ID 'eipalloc-0123456789abcdef0' does not exist")
	_, err = w.AssociateAddress(ctx, a.AllocationID, "i-0123456789abcdef0")
	refused(t, err, "InvalidInstanceID.NotFound", "The instance ID 'i-0123456789abcdef0' does not exist")
	_, err = w.AssociateAddress(ctx, a.AllocationID, "server")
	refused(t, err, "InvalidInstanceID.Malformed", "server")
	refused(t, w.DisassociateAddress(ctx, "eipassoc-0123456789abcdef0"), "InvalidAssociationID.NotFound", "does not exist")
	refused(t, w.ReleaseAddress("eipalloc-0123456789abcdef0"), "InvalidAllocationID.NotFound", "does not exist")
}

func TestAssociationNeedsAGateway(t *testing.T) {
	w := newWorld(t)
	i, a := w.launch(), w.address()
	require.NoError(t, w.DetachInternetGateway(t.Context(), w.gateway.ID, w.vpc.ID))
	_, err := w.AssociateAddress(t.Context(), a.AllocationID, i.ID)
	refused(t, err, "Gateway.NotAttached", "is not attached to any internet gateway")
}

func TestAnAddressMoves(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	first, second, a, b := w.launch(), w.launch(), w.address(), w.address()
	w.datacenter.Calls()
	before, err := w.AssociateAddress(ctx, a.AllocationID, first.ID)
	require.NoError(t, err)
	after, err := w.AssociateAddress(ctx, a.AllocationID, second.ID)
	require.NoError(t, err)
	require.NotEqual(t, before.AssociationID, after.AssociationID)
	_, err = w.AssociateAddress(ctx, b.AllocationID, second.ID)
	require.NoError(t, err)
	require.Equal(t, []string{
		"map us-east-1 203.0.113.16=10.86.0.4", "unmap us-east-1 203.0.113.16", "map us-east-1 203.0.113.16=10.86.0.5",
		"unmap us-east-1 203.0.113.16", "map us-east-1 203.0.113.17=10.86.0.5",
	}, w.datacenter.Calls())
}

func TestDescribeImages(t *testing.T) {
	w := newWorld(t)
	filter := func(name string, values ...string) []ec2.Filter {
		return []ec2.Filter{{Name: name, Values: values}}
	}
	for name, c := range map[string]struct {
		filters []ec2.Filter
		owners  []string
		found   int
	}{
		"by id":                  {filter("image-id", image(t, w.Region)), nil, 1},
		"by a name with a star":  {filter("name", "ubuntu/*-24.04-*"), nil, 2},
		"of another release":     {filter("name", "ubuntu/*-26.04-*"), nil, 2},
		"by several":             {filter("name", "debian-12-*", "debian-13-arm64-*"), nil, 3},
		"by owner":               {nil, []string{"136693071363"}, 4},
		"by the caller":          {nil, []string{"self"}, 2},
		"by owner of another":    {filter("name", "ubuntu/*"), []string{"136693071363"}, 0},
		"by an id that is no id": {filter("image-id", "ami-x"), nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := w.DescribeImages(ec2.ImageQuery{Filters: c.filters, Owners: c.owners})
			require.NoError(t, err)
			require.Len(t, found, c.found)
		})
	}
	_, err := w.DescribeImages(ec2.ImageQuery{Filters: filter("colour", "blue")})
	refused(t, err, "InvalidParameterValue", "The filter 'colour' is invalid")
}

func TestDeprecatedImages(t *testing.T) {
	w := newWorld(t)
	id := image(t, w.Region)
	describe := func(q ec2.ImageQuery) int {
		found, err := w.DescribeImages(q)
		require.NoError(t, err)
		return len(found)
	}
	byID := ec2.ImageQuery{Filters: []ec2.Filter{{Name: "image-id", Values: []string{id}}}}
	own := ec2.ImageQuery{Owners: []string{"self"}}
	w.cloud.DeprecateImages("*debian-13-*")
	require.Zero(t, describe(byID))
	require.Equal(t, 2, describe(own), "an owner sees them")
	byID.IncludeDeprecated = true
	require.Equal(t, 1, describe(byID))
	s := w.specOf(id)
	_, err := w.RunInstance(t.Context(), s)
	require.NoError(t, err, "it can still be launched")
	w.cloud.DeprecateImages("")
	require.Equal(t, 10, describe(ec2.ImageQuery{}))
}

func TestAnImageWithALargerDisk(t *testing.T) {
	w := newWorld(t)
	s := w.specOf(imageNamed(t, w.Region, "own-debian-13-amd64"))
	s.Volume.SizeGiB = 8
	_, err := w.RunInstance(t.Context(), s)
	refused(t, err, "InvalidBlockDeviceMapping", "Volume of size 8GB is smaller than snapshot 'snap-"+s.ImageID[4:]+"', expect size>= 20GB")
	s.Volume.SizeGiB = 0
	i, err := w.RunInstance(t.Context(), s)
	require.NoError(t, err)
	require.Equal(t, 20, i.Root.SizeGiB)
	require.Equal(t, "debian-13", w.datacenter.Machines()[0].Image)
}

func TestOfferings(t *testing.T) {
	w := newWorld(t)
	offered, err := w.Offerings("t4g.nano")
	require.NoError(t, err)
	require.Equal(t, []ec2.Offering{{"t4g.nano", "us-east-1b"}, {"t4g.nano", "us-east-1c"}}, offered)
	offered, err = w.Offerings("t9.huge")
	require.NoError(t, err)
	require.Empty(t, offered)
}
