package query

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/account"
	"tripvpn/internal/spec"
	"tripvpn/lab/cloud/ec2"
	"tripvpn/lab/cloud/ec2/ec2test"
)

func serve(t *testing.T) (*ec2.Cloud, string) {
	t.Helper()
	cloud := ec2.New(&ec2test.Datacenter{}, ec2.Options{
		Addresses: func(string) netip.Prefix { return netip.MustParsePrefix("203.0.113.16/28") },
		Networks6: func(string) netip.Prefix { return netip.MustParsePrefix("2001:db8:1000::/44") },
	})
	server := httptest.NewServer(New(cloud))
	t.Cleanup(server.Close)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "example")
	t.Setenv("AWS_ENDPOINT_URL", server.URL)
	return cloud, server.URL
}

// TestTheProgramFindsAnAddress asks as the doctor does. e2e also has it ask for instances.
func TestTheProgramFindsAnAddress(t *testing.T) {
	cloud, _ := serve(t)
	region, err := cloud.Region("eu-west-1")
	require.NoError(t, err)
	held, err := region.AllocateAddress(nil)
	require.NoError(t, err)
	absent := netip.MustParseAddr("198.51.100.1")
	ports := []account.Port{{Number: 1194, Protocol: spec.UDP}}
	got, err := account.Look(t.Context(), map[netip.Addr][]account.Port{held.Public: ports, absent: ports})
	require.NoError(t, err)
	require.Equal(t, []account.Server{{Address: absent}, {Address: held.Public, Region: "eu-west-1"}}, got)
}

func TestRefusals(t *testing.T) {
	cloud, at := serve(t)
	response, err := http.PostForm(at, url.Values{"Action": {"DescribeRegions"}})
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusForbidden, response.StatusCode, "without a signature")

	cloud.Restrict(ec2.Restrictions{Denied: []string{"DescribeAddresses"}})
	_, err = account.Look(t.Context(), map[netip.Addr][]account.Port{netip.MustParseAddr("198.51.100.1"): nil})
	require.ErrorContains(t, err, "UnauthorizedOperation")
}
