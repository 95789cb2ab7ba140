package vpn

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// exported is the state of a stack with a server, as `pulumi stack export` prints
// it.
const exported = `{"version": 3, "deployment": {"resources": [
	{"urn": "urn:pulumi:dev::tripvpn::pulumi:pulumi:Stack::tripvpn-dev", "type": "pulumi:pulumi:Stack"},
	{"type": "aws:ec2/vpc:Vpc", "id": "vpc-0123456789abcdef0", "outputs": {"tags": {"Name": "trip"}}},
	{"type": "aws:ec2/keyPair:KeyPair", "id": "trip-us-east-1-admin-5f5e100", "outputs": {"keyPairId": "key-0123456789abcdef0"}},
	{"type": "aws:ec2/eip:Eip", "id": "eipalloc-0123456789abcdef0", "outputs": {"publicIp": "203.0.113.9"}},
	{"type": "aws:route53/record:Record", "id": "Z0123456789ABCDEFGHIJ_vpn.example.org_A"},
	{"type": "aws:ec2/instance:Instance", "id": "i-0123456789abcdef0", "outputs": {
		"instanceType": "t4g.nano", "availabilityZone": "us-east-1b", "tags": {"Name": "trip", "tripvpn:image": "debian-13"},
		"userData": {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "…"}}},
	{"type": "aws:ec2/instance:Instance", "id": "i-0fedcba9876543210", "delete": true, "outputs": {"instanceType": {"ciphertext": "…"}}},
	{"type": "tls:index/privateKey:PrivateKey", "id": "5f5e100"}
]}}`

func TestReadState(t *testing.T) {
	state, err := ReadState([]byte(exported))
	require.NoError(t, err)
	for _, id := range []string{"vpc-0123456789abcdef0", "key-0123456789abcdef0", "eipalloc-0123456789abcdef0",
		"Z0123456789ABCDEFGHIJ_vpn.example.org_A", "i-0123456789abcdef0", "i-0fedcba9876543210"} {
		require.True(t, state.Knows(id), id)
	}
	require.False(t, state.Knows("5f5e100"), "it is not AWS's")
	require.Equal(t, ServerState{ID: "i-0123456789abcdef0", Type: "t4g.nano", Zone: "us-east-1b", Image: "debian-13"},
		state.Server([]string{"i-00000000000000000", "i-0123456789abcdef0"}))
	require.Equal(t, ServerState{ID: "i-0fedcba9876543210"}, state.Server([]string{"i-0fedcba9876543210"}), "an unreadable output is left out")
	require.Zero(t, state.Server([]string{"i-00000000000000000"}))
}

func TestAStackWithoutResourcesHasAState(t *testing.T) {
	state, err := ReadState([]byte(`{"version": 3, "deployment": {"manifest": {}}}`))
	require.NoError(t, err)
	require.False(t, state.Knows(""))
	_, err = ReadState([]byte("error: no stack named 'dev' found"))
	require.ErrorContains(t, err, "reading the stack's state")
}
