package vpn

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/require"
)

// withServer answers as AWS does when the server of the exported state runs, and
// its zone is one of those that offer the configured type.
func withServer(offering ...any) func(*recorder) {
	return func(c *recorder) {
		c.state = exported
		c.answers = answering(
			"aws:ec2/getInstances:getInstances", properties("ids", []any{"i-0123456789abcdef0"}),
			"aws:ec2/getEips:getEips", properties("allocationIds", []any{"eipalloc-0123456789abcdef0"}, "publicIps", []any{"203.0.113.9"}),
			"aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings", properties("locations", offering),
		)
	}
}

// answering pairs tokens of functions with their answers.
func answering(pairs ...any) map[string]resource.PropertyMap {
	all := map[string]resource.PropertyMap{}
	for i := 0; i < len(pairs); i += 2 {
		all[pairs[i].(string)] = pairs[i+1].(resource.PropertyMap)
	}
	return all
}

const rebuildCommands = "aws ec2 --region us-east-1 terminate-instances --instance-ids i-0123456789abcdef0 && " +
	"aws ec2 --region us-east-1 wait instance-terminated --instance-ids i-0123456789abcdef0 && pulumi up"

func TestSettingsThatWouldBreakTheServerAreRefused(t *testing.T) {
	for name, bad := range map[string]struct {
		instanceType string
		offering     []any
		want         []string
	}{
		"another architecture": {"t3.nano", []any{"us-east-1b"}, []string{
			`tripvpn:instanceType: "t3.nano" is x86_64, while the server in us-east-1 is arm64 (t4g.nano)`,
			rebuildCommands}},
		"another zone": {"t4g.micro", []any{"us-east-1a"}, []string{
			`"t4g.micro" is not offered in zone us-east-1b, where the server is`, "tripvpn:instanceType t4g.nano"}},
	} {
		t.Run(name, func(t *testing.T) {
			cloud, err := runProgram(t, false, map[string]any{"clients": []string{"phone"}, "instanceType": bad.instanceType}, withServer(bad.offering...))
			for _, want := range bad.want {
				require.ErrorContains(t, err, want)
			}
			require.Equal(t, []string{"pulumi:providers:aws"}, cloud.types())
		})
	}
}

func TestAServerStaysWhereItsTypeIsNoLongerOffered(t *testing.T) {
	_, err := runProgram(t, false, map[string]any{"clients": []string{"phone"}}, withServer())
	require.NoError(t, err)
}

func TestSettingsOfANewServerWait(t *testing.T) {
	cloud, err := runProgram(t, false, map[string]any{
		"clients": []string{"phone"}, "image": "debian-12", "availabilityZones": []string{"us-east-1a"},
	}, withServer("us-east-1a", "us-east-1b"))
	require.NoError(t, err)
	require.Len(t, cloud.warnings, 2)
	require.Contains(t, cloud.warnings[0], `tripvpn:image: "debian-12" applies to a new server, and the one in us-east-1 keeps debian-13`)
	require.Contains(t, cloud.warnings[1], `tripvpn:availabilityZones: "us-east-1a" applies to a new server, and the one in us-east-1 keeps us-east-1b`)
	for _, warning := range cloud.warnings {
		require.Contains(t, warning, rebuildCommands)
	}
}

func TestTheZoneOfASubnetChangesOnlyWithoutAServer(t *testing.T) {
	zones := map[string]any{"clients": []string{"phone"}, "availabilityZones": []string{"us-east-1c"}}
	for name, test := range map[string]struct {
		settings map[string]any
		server   bool
		zone     string
		keeps    bool
	}{
		"chosen":                {map[string]any{"clients": []string{"phone"}}, false, "us-east-1b", true},
		"configured":            {zones, false, "us-east-1c", false},
		"configured too late":   {zones, true, "us-east-1b", true},
		"chosen for the server": {map[string]any{"clients": []string{"phone"}}, true, "us-east-1b", true},
	} {
		t.Run(name, func(t *testing.T) {
			cloud, err := runProgram(t, false, test.settings, func(c *recorder) {
				if test.server {
					withServer("us-east-1a", "us-east-1b", "us-east-1c")(c)
				}
			})
			require.NoError(t, err)
			subnet := cloud.ofType(t, "aws:ec2/subnet:Subnet", 1)[0]
			require.Equal(t, test.zone, subnet.Inputs["availabilityZone"].StringValue())
			require.Equal(t, test.keeps, len(subnet.GetIgnoreChanges()) == 1)
			require.Equal(t, !test.keeps, subnet.GetDeleteBeforeReplace(), "two subnets cannot have the same addresses")
		})
	}
}

func TestAZoneThatDoesNotOfferTheTypeIsRefused(t *testing.T) {
	_, err := runProgram(t, false, map[string]any{"clients": []string{"phone"}, "availabilityZones": []string{"us-east-1f"}})
	require.ErrorContains(t, err, `tripvpn:availabilityZones[0]: "us-east-1f" does not offer the instance type t4g.nano; choose one of us-east-1b, us-east-1c`)
}

func TestAnAddressInsideTheVPNIsRefused(t *testing.T) {
	inside := func(c *recorder) {
		withServer("us-east-1b")(c)
		c.egress = "203.0.113.9"
	}
	cloud, err := runProgram(t, false, map[string]any{"clients": []string{"phone"}}, inside)
	require.ErrorContains(t, err, "traffic comes from 203.0.113.9, the server in us-east-1")
	require.ErrorContains(t, err, "pulumi config set --path 'tripvpn:adminCidrs[0]' 203.0.113.7/32")
	require.Equal(t, []string{"pulumi:providers:aws"}, cloud.types())

	_, err = runProgram(t, false, map[string]any{"clients": []string{"phone"}, "adminCidrs": []string{"198.51.100.0/24"}}, inside)
	require.NoError(t, err, "the operator says which network it is")
}

func TestTheRootVolumeFitsTheImage(t *testing.T) {
	for size, want := range map[string]float64{"2": 8, "20": 20} {
		cloud, err := runProgram(t, false, map[string]any{"clients": []string{"phone"}, "image": "ami-0123456789abcdef0"}, func(c *recorder) {
			c.answers = answering("aws:ec2/getAmi:getAmi", properties(
				"imageId", "ami-0123456789abcdef0", "architecture", "arm64", "name", "debian-13-arm64-mine", "rootDeviceName", "/dev/xvda",
				"blockDeviceMappings", []any{
					map[string]any{"deviceName": "/dev/xvdb", "ebs": map[string]any{"volume_size": "100"}},
					map[string]any{"deviceName": "/dev/xvda", "ebs": map[string]any{"volume_size": size}},
				}))
		})
		require.NoError(t, err)
		instance := cloud.ofType(t, "aws:ec2/instance:Instance", 1)[0]
		require.Equal(t, want, instance.Inputs["rootBlockDevice"].ObjectValue()["volumeSize"].NumberValue())
	}
}
