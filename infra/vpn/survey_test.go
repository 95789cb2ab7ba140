package vpn

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/require"
)

// Invalid settings cause one message and no resource.
func TestInvalidSettingsAreRefusedTogetherBeforeAnyResource(t *testing.T) {
	cloud, err := runProgram(t, false, map[string]any{
		"regions":    "us-east-1",
		"clients":    []string{"../x", "phone", "phone"},
		"subnet":     "10.8.0.1/24",
		"image":      "windows",
		"adminCidrs": []string{"0.0.0.0/0"}, "tcpFallback": "maybe",
	})
	for _, part := range []string{
		`tripvpn:regions: "us-east-1" is not a list`, `tripvpn:clients[0]: "../x"`, `tripvpn:clients[2]: "phone"`,
		`tripvpn:subnet: "10.8.0.1/24"`, `tripvpn:image: "windows"`, `tripvpn:adminCidrs[0]: "0.0.0.0/0"`,
		`tripvpn:tcpFallback: "maybe" is neither true nor false; pulumi config set tripvpn:tcpFallback true`,
	} {
		require.ErrorContains(t, err, part)
	}
	require.Empty(t, cloud.resources)
}

func TestAnswersOfARegionAreCheckedBeforeAnyResource(t *testing.T) {
	offerings, ami := "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings", "aws:ec2/getAmi:getAmi"
	for name, bad := range map[string]struct {
		token  string
		answer resource.PropertyMap
		want   string
	}{
		"type not offered":  {offerings, properties("locations", []any{}), `"t4g.nano" is not offered in region us-east-1`},
		"another processor": {ami, properties("architecture", "x86_64", "name", "debian-13-amd64"), "is for x86_64, while instance type t4g.nano is arm64"},
		"another system":    {ami, properties("architecture", "arm64", "name", "al2023-ami"), "a name that contains neither debian nor ubuntu"},
	} {
		t.Run(name, func(t *testing.T) {
			settings := map[string]any{"clients": []string{"phone"}, "image": "ami-01234567"}
			cloud, err := runProgram(t, false, settings, func(c *recorder) {
				c.answers = map[string]resource.PropertyMap{bad.token: bad.answer}
			})
			require.ErrorContains(t, err, bad.want)
			require.Equal(t, []string{"pulumi:providers:aws"}, cloud.types(), "only providers, which the look-ups use, may exist")
		})
	}
}

func TestAvailabilityZonesAreNotLocalOrWavelengthZones(t *testing.T) {
	require.Equal(t, []string{"us-east-1b", "us-east-1c"},
		availabilityZones("us-east-1", []string{"us-east-1c", "us-east-1-bos-1a", "us-east-1b"}))
	require.Empty(t, availabilityZones("us-east-1", []string{"us-east-1-wl1-bos-wlz-1"}))
}

func TestARegionThatIsNotEnabledIsRefused(t *testing.T) {
	settings := map[string]any{"clients": []string{"phone"}, "regions": []string{"us-east-1", "me-south-1"}}
	enabled := func(names ...any) func(*recorder) {
		return func(c *recorder) {
			c.answers = answering("aws:index/getRegions:getRegions", properties("names", names))
		}
	}
	cloud, err := runProgram(t, false, settings, enabled("us-east-1", "eu-south-1"))
	require.ErrorContains(t, err, `tripvpn:regions[1]: "me-south-1" is not enabled for this account, or does not exist; enable it`)
	require.Equal(t, []string{"aws:index/getRegions:getRegions"}, cloud.invoked)
	_, err = runProgram(t, false, settings, enabled("us-east-1", "me-south-1"))
	require.NoError(t, err)
}
