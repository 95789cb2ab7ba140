package vpn

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"tripvpn/internal/golden"
)

// trips are configurations with golden specs and profiles. One has the defaults, and
// together the others set every key that affects a host or a profile to another value. The
// host binary's tests continue from the specs to the files on the host, so a lost
// value shows in a golden.
var trips = map[string]map[string]any{
	"default": {"clients": []string{"laptop"}},
	"modern": {"name": "darrell", "clients": []string{"laptop", "phone"}, "subnet": "192.168.64.0/20", "controlChannel": "tls-crypt", "tcpFallback": false,
		"ipv6": false, "dataPath": "user", "dns": []string{"adguard"}, "routes": []string{"198.51.100.0/24", "!198.51.100.128/25"}},
	"classic": {"clients": []string{"laptop", "phone"}, "revoked": []string{"phone"}, "style": "classic",
		"logs": "none", "maintenanceHour": 23, "domain": "vpn.example.org", "zone": "example.org", "until": "2026-12-24"},
}

// resourceKeys change resources, and specs and profiles only through their outputs.
var resourceKeys = []string{"regions", "availabilityZones", "instanceType", "cpuCredits", "image", "adminCidrs", "keyAlgorithm", "addressSerial", "handOver"}

func TestEveryKeyOfAHostIsInATrip(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "Pulumi.yaml"))
	require.NoError(t, err)
	var project struct{ Config map[string]any }
	require.NoError(t, yaml.Unmarshal(text, &project))
	require.NotEmpty(t, project.Config)
	for name := range project.Config {
		key := strings.TrimPrefix(name, "tripvpn:")
		set := slices.Contains(resourceKeys, key)
		for _, trip := range trips {
			set = set || trip[key] != nil
		}
		require.True(t, set, "tripvpn:%s: set it in one of trips, or list it in resourceKeys", key)
	}
}

func TestTripsGolden(t *testing.T) {
	for name, settings := range trips {
		t.Run(name, func(t *testing.T) {
			cloud, err := runProgram(t, false, settings, func(c *recorder) { c.now = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC) })
			require.NoError(t, err)
			golden.Require(t, filepath.Join("trips", name+".spec.json"), masked(cloud.stdin(t, "-vpn").SecretValue().Element.StringValue()))
			profile := cloud.exports[resource.PropertyKey("laptop.ovpn")]
			golden.Require(t, filepath.Join("trips", name+".ovpn"), masked(profile.SecretValue().Element.StringValue()))
		})
	}
}

// Keys, certificates and the addresses that are derived from them differ in every
// run.
var unique6 = regexp.MustCompile(`fd[0-9a-f]{2}:[0-9a-f:]+/64`)

func masked(text string) string {
	return unique6.ReplaceAllString(golden.WithoutPEM(text), "fd00:8::/64")
}
