package vpn

import (
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/require"
)

// The records contain every server's address, in both families, and wait until
// all servers are verified.
func TestRecordsWaitForEveryServer(t *testing.T) {
	bothWays(t, twoRegions, func(t *testing.T, cloud *recorder) {
		for _, record := range cloud.ofType(t, "aws:route53/record:Record", 2) {
			require.Contains(t, record.GetProvider(), "darrell-global", "records do not move with the servers")
			var names []string
			for _, urn := range record.GetDependencies() {
				names = append(names, nameOf(urn))
			}
			for _, region := range twoRegions["regions"].([]string) {
				require.True(t, slices.Contains(names, "darrell-"+region+"-vpn"), "%s: %v", record.GetName(), names)
			}
			require.EqualValues(t, recordTTL, record.Inputs["ttl"].NumberValue())
			if !cloud.preview {
				want := map[string]string{"A": "203.0.113.9", "AAAA": "2001:db8:1200::1194"}[record.Inputs["type"].StringValue()]
				require.Equal(t, []resource.PropertyValue{resource.NewProperty(want), resource.NewProperty(want)}, record.Inputs["records"].ArrayValue())
			}
		}
	})
}

// Without IPv6, no client tries a server's IPv6 address.
func TestWithoutIPv6TheNameHasOnlyIPv4(t *testing.T) {
	settings := maps.Clone(twoRegions)
	settings["ipv6"] = false
	bothWays(t, settings, func(t *testing.T, cloud *recorder) {
		require.Equal(t, "A", cloud.ofType(t, "aws:route53/record:Record", 1)[0].Inputs["type"].StringValue())
	})
}

func TestAMissingZoneIsRefusedBeforeAnyResource(t *testing.T) {
	cloud, err := runProgram(t, false, twoRegions, func(c *recorder) { c.failure = errors.New("no matching Route 53 Hosted Zone found") })
	require.ErrorContains(t, err, `looking up the hosted zone "example.org" (tripvpn:zone)`)
	require.ErrorContains(t, err, "it must exist in this account")
	for _, r := range cloud.resources {
		require.Equal(t, "pulumi:providers:aws", r.GetType())
	}
}

// Every resource that supports tags gets these from its provider.
func TestEverythingIsTagged(t *testing.T) {
	bothWays(t, twoRegions, func(t *testing.T, cloud *recorder) {
		for _, provider := range cloud.ofType(t, "pulumi:providers:aws", 3) {
			tags := provider.Inputs["defaultTags"]
			if tags.IsString() { // providers receive their settings as JSON
				require.JSONEq(t, `{"tags":{"tripvpn:project":"tripvpn","tripvpn:stack":"dev","tripvpn:trip":"darrell","tripvpn:region":"`+
					provider.Inputs["region"].StringValue()+`"}}`, tags.StringValue())
				continue
			}
			got := map[string]string{}
			for key, value := range tags.ObjectValue()["tags"].ObjectValue() {
				got[string(key)] = value.StringValue()
			}
			require.Equal(t, map[string]string{"tripvpn:project": "tripvpn", "tripvpn:stack": "dev", "tripvpn:trip": "darrell",
				"tripvpn:region": provider.Inputs["region"].StringValue()}, got)
		}
	})
}

// A server that terminates itself first notifies its clients, and its association
// ends with it: the address is deleted last.
func TestAddressesEndAfterTheirServers(t *testing.T) {
	bothWays(t, twoRegions, func(t *testing.T, cloud *recorder) {
		for _, association := range cloud.ofType(t, "aws:ec2/eipAssociation:EipAssociation", 2) {
			require.Contains(t, nameOf(association.GetDeletedWith()), "-instance")
		}
		for _, instance := range cloud.ofType(t, "aws:ec2/instance:Instance", 2) {
			var names []string
			for _, urn := range instance.GetDependencies() {
				names = append(names, nameOf(urn))
			}
			require.Contains(t, names, instance.GetName()[:len(instance.GetName())-len("instance")]+"address")
		}
	})
}

func TestAnotherSerialIsAnotherAddress(t *testing.T) {
	settings := map[string]any{"name": "darrell", "clients": []string{"phone"}, "addressSerial": "2"}
	cloud, err := runProgram(t, false, settings)
	require.NoError(t, err)
	require.Equal(t, "darrell-us-east-1-address-2", cloud.ofType(t, "aws:ec2/eip:Eip", 1)[0].GetName())
	require.Equal(t, "darrell-us-east-1-address-2", cloud.ofType(t, "aws:ec2/eipAssociation:EipAssociation", 1)[0].GetName())
	_, err = runProgram(t, false, map[string]any{"clients": []string{"phone"}, "addressSerial": "second"})
	require.ErrorContains(t, err, `tripvpn:addressSerial: "second" is not a whole number`)
}

func TestATripEndsWithItsLastDay(t *testing.T) {
	for until, want := range map[string]struct {
		shutdown, expires string
		end               time.Time
	}{
		"":           {"stop", "never", time.Time{}},
		"2026-12-24": {"terminate", "2026-12-25T00:00:00Z", time.Date(2026, 12, 25, 0, 0, 0, 0, time.UTC)},
	} {
		settings := map[string]any{"name": "darrell", "clients": []string{"phone"}, "until": until}
		cloud, err := runProgram(t, false, settings, func(c *recorder) { c.now = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC) })
		require.NoError(t, err)
		require.Empty(t, cloud.warnings)
		require.Equal(t, want.shutdown, cloud.ofType(t, "aws:ec2/instance:Instance", 1)[0].Inputs["instanceInitiatedShutdownBehavior"].StringValue())
		require.Equal(t, want.end, cloud.spec(t).Until)
		require.Equal(t, want.expires, cloud.exports["expires"].StringValue())
	}
}

func TestUpdatesWarnOfTheTripsEnd(t *testing.T) {
	end := time.Date(2026, 12, 25, 0, 0, 0, 0, time.UTC)
	settings := map[string]any{"clients": []string{"phone"}, "until": "2026-12-24"}
	cloud, err := runProgram(t, false, settings, func(c *recorder) { c.now = end.Add(-time.Hour) })
	require.NoError(t, err)
	require.Len(t, cloud.warnings, 1)
	_, err = runProgram(t, false, settings, func(c *recorder) { c.now = end })
	require.ErrorContains(t, err, `tripvpn:until: "2026-12-24" is over`)
}
