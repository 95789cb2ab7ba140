package route53_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/cloud/apierror"
	"tripvpn/lab/cloud/route53"
)

// account has one zone, and a record set in it.
func account(t *testing.T) (*route53.Zones, route53.Zone) {
	t.Helper()
	z := route53.New("Example.org.")
	zone := z.ListHostedZones()[0]
	require.NoError(t, change(z, zone, route53.Create, set("vpn.example.org", "A", "203.0.113.16")))
	return z, zone
}

func set(name, recordType string, values ...string) route53.RecordSet {
	return withTTL(60, route53.RecordSet{Name: name, Type: recordType, Values: values})
}

func withTTL(ttl int, s route53.RecordSet) route53.RecordSet {
	s.TTL = &ttl
	return s
}

func change(z *route53.Zones, zone route53.Zone, action route53.Action, s route53.RecordSet) error {
	return z.ChangeResourceRecordSets(zone.ID, route53.Change{Action: action, Set: s})
}

func listed(t *testing.T, z *route53.Zones, zone route53.Zone) []route53.RecordSet {
	t.Helper()
	sets, err := z.ListResourceRecordSets(zone.ID)
	require.NoError(t, err)
	return sets
}

func TestZonesThatAreThere(t *testing.T) {
	z := route53.New("example.org", "example.com")
	zones := z.ListHostedZones()
	require.Len(t, zones, 2)
	require.Equal(t, "example.com", zones[0].Name)
	require.Regexp(t, `^Z[0-9A-Z]{1,31}$`, zones[0].ID)
	require.Equal(t, "arn:aws:route53:::hostedzone/"+zones[0].ID, zones[0].ARN())
	found, err := z.GetHostedZone(zones[1].ID)
	require.NoError(t, err)
	require.Equal(t, zones[1], found)
	require.Empty(t, z.Inventory(), "zones are the operator's own")
}

func TestARecordSetComesAndGoes(t *testing.T) {
	z, zone := account(t)
	require.Equal(t, "example.org", zone.Name)
	require.NoError(t, change(z, zone, route53.Create, set("VPN.example.org.", "AAAA", "2001:db8::1", "2001:db8::2")))
	require.Equal(t, []string{"vpn.example.org/A", "vpn.example.org/AAAA"}, z.Inventory())

	require.NoError(t, change(z, zone, route53.Upsert, withTTL(30, set("vpn.example.org", "A", "203.0.113.32"))))
	require.Equal(t, []route53.RecordSet{
		withTTL(30, set("vpn.example.org", "A", "203.0.113.32")),
		set("vpn.example.org", "AAAA", "2001:db8::1", "2001:db8::2"),
	}, listed(t, z, zone))

	require.NoError(t, change(z, zone, route53.Delete, withTTL(30, set("vpn.example.org", "A", "203.0.113.32"))))
	require.NoError(t, change(z, zone, route53.Delete, set("vpn.example.org", "AAAA", "2001:db8::2", "2001:db8::1")))
	require.Empty(t, z.Inventory())
}

func TestRecordSetsAreListedInRoute53sOrder(t *testing.T) {
	z, zone := account(t)
	for _, name := range []string{"b.vpn.example.org", "vpn-2.example.org", "a.z.example.org", "example.org", "c.example.org"} {
		require.NoError(t, change(z, zone, route53.Create, set(name, "A", "203.0.113.16")))
	}
	require.NoError(t, change(z, zone, route53.Create, set("c.example.org", "AAAA", "2001:db8::1")))
	var order []string
	for _, set := range listed(t, z, zone) {
		order = append(order, set.Name+"/"+set.Type)
	}
	require.Equal(t, []string{
		"example.org/A", "c.example.org/A", "c.example.org/AAAA", "vpn-2.example.org/A", "vpn.example.org/A",
		"b.vpn.example.org/A", "a.z.example.org/A",
	}, order)
}

func TestACNAMEStandsAlone(t *testing.T) {
	z, zone := account(t)
	cname := func(name string) route53.RecordSet { return set(name, "CNAME", "server.example.com.") }
	refused(t, change(z, zone, route53.Create, cname("example.org")), "InvalidChangeBatch",
		"[RRSet of type CNAME with DNS name example.org. is not permitted at apex in zone example.org.]")
	refused(t, change(z, zone, route53.Upsert, cname("vpn.example.org")), "InvalidChangeBatch",
		"[RRSet of type CNAME with DNS name vpn.example.org. is not permitted as it conflicts with other records "+
			"with the same DNS name in zone example.org.]")
	refused(t, change(z, zone, route53.Create, set("www.example.org", "CNAME", "a..example.com")), "InvalidChangeBatch", "DomainLabelEmpty")
	require.NoError(t, change(z, zone, route53.Create, cname("www.example.org")))
	require.NoError(t, change(z, zone, route53.Upsert, cname("www.example.org")))
	for _, action := range []route53.Action{route53.Create, route53.Upsert} {
		refused(t, change(z, zone, action, set("www.example.org", "AAAA", "2001:db8::1")), "InvalidChangeBatch",
			"[RRSet of type AAAA with DNS name www.example.org. is not permitted because a conflicting RRSet of type CNAME "+
				"with the same DNS name already exists in zone example.org.]")
	}
	require.NoError(t, change(z, zone, route53.Delete, cname("www.example.org")))
	require.NoError(t, change(z, zone, route53.Create, set("www.example.org", "A", "203.0.113.16")))
}

func TestWhatIsListedIsACopy(t *testing.T) {
	z, zone := account(t)
	sets := listed(t, z, zone)
	sets[0].Values[0], *sets[0].TTL = "192.0.2.1", 1
	require.Equal(t, []route53.RecordSet{set("vpn.example.org", "A", "203.0.113.16")}, listed(t, z, zone))
}

func TestABatchIsMadeWholeOrNotAtAll(t *testing.T) {
	z, zone := account(t)
	before := listed(t, z, zone)
	err := z.ChangeResourceRecordSets(zone.ID,
		route53.Change{Action: route53.Delete, Set: before[0]},
		route53.Change{Action: route53.Create, Set: set("vpn.example.org", "AAAA", "203.0.113.16")})
	require.Error(t, err)
	require.Equal(t, before, listed(t, z, zone))
}

func TestChangesThatAreRefused(t *testing.T) {
	long := strings.Repeat("x", 64)
	for name, c := range map[string]struct {
		action route53.Action
		set    route53.RecordSet
		code   string
		words  string
	}{
		"a second one": {route53.Create, set("vpn.example.org", "A", "203.0.113.17"), "InvalidChangeBatch",
			"[Tried to create resource record set [name='vpn.example.org.', type='A'] but it already exists]"},
		"deleting what is not": {route53.Delete, set("vpn.example.org", "AAAA", "::1"), "InvalidChangeBatch",
			"Tried to delete resource record set [name='vpn.example.org.', type='AAAA'] but it was not found"},
		"deleting another value": {route53.Delete, set("vpn.example.org", "A", "203.0.113.17"), "InvalidChangeBatch",
			"but the values provided do not match the current values"},
		"deleting another ttl": {route53.Delete, withTTL(61, set("vpn.example.org", "A", "203.0.113.16")), "InvalidChangeBatch",
			"but the values provided do not match the current values"},
		"another zone": {route53.Upsert, set("vpn.example.com", "A", "203.0.113.16"), "InvalidChangeBatch",
			"[RRSet with DNS name vpn.example.com. is not permitted in zone example.org.]"},
		"a longer zone": {route53.Upsert, set("vpnexample.org", "A", "203.0.113.16"), "InvalidChangeBatch",
			"[RRSet with DNS name vpnexample.org. is not permitted in zone example.org.]"},
		"no IPv4 address": {route53.Upsert, set("a.example.org", "A", "2001:db8::1"), "InvalidChangeBatch",
			"ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address) encountered with '2001:db8::1'"},
		"no IPv6 address": {route53.Upsert, set("a.example.org", "AAAA", "203.0.113.16"), "InvalidChangeBatch",
			"AAAARRDATAIllegalIPv6Address (Value is not a valid IPv6 address) encountered with '203.0.113.16'"},
		"a local IPv6 address": {route53.Upsert, set("a.example.org", "AAAA", "fe80::1%eth0"), "InvalidChangeBatch", "IllegalIPv6Address"},
		"twice the same":       {route53.Upsert, set("a.example.org", "A", "192.0.2.1", "192.0.2.1"), "InvalidChangeBatch", "Duplicate Resource Record: '192.0.2.1'"},
		"another type":         {route53.Upsert, set("a.example.org", "TXT", "x"), "InvalidChangeBatch", "does not know record sets of type TXT"},
		"no values":            {route53.Create, set("a.example.org", "A"), "InvalidInput", "found none in Change with [Action=CREATE, Name=a.example.org, Type=A"},
		"no ttl": {route53.Create, route53.RecordSet{Name: "a.example.org", Type: "A", Values: []string{"192.0.2.1"}},
			"InvalidInput", "all of [TTL, and ResourceRecords]"},
		"a ttl before now":  {route53.Upsert, withTTL(-1, set("a.example.org", "A", "192.0.2.1")), "InvalidInput", "greater than or equal to 0"},
		"a ttl without end": {route53.Upsert, withTTL(1<<31, set("a.example.org", "A", "192.0.2.1")), "InvalidInput", "less than or equal to 2147483647"},
		"an empty label":    {route53.Upsert, set("a..example.org", "A", "192.0.2.1"), "InvalidChangeBatch", "DomainLabelEmpty (Domain label is empty)"},
		"a long label":      {route53.Upsert, set(long+".example.org", "A", "192.0.2.1"), "InvalidChangeBatch", "DomainLabelTooLong (Domain label is too long) encountered with '" + long},
		"a long name":       {route53.Upsert, set(strings.Repeat("x.", 122)+"example.org", "A", "192.0.2.1"), "InvalidChangeBatch", "DomainNameTooLong"},
		"a strange letter":  {route53.Upsert, set("a b.example.org", "A", "192.0.2.1"), "InvalidChangeBatch", "UnsupportedCharacter"},
		"a wildcard":        {route53.Upsert, set("*.example.org", "A", "192.0.2.1"), "InvalidChangeBatch", "UnsupportedCharacter"},
	} {
		t.Run(name, func(t *testing.T) {
			z, zone := account(t)
			refused(t, change(z, zone, c.action, c.set), c.code, c.words)
			require.Equal(t, []string{"vpn.example.org/A"}, z.Inventory())
		})
	}
}

func TestTheLongestAndShortestThatAreNotRefused(t *testing.T) {
	z, zone := account(t)
	for _, s := range []route53.RecordSet{
		withTTL(0, set("example.org", "A", "192.0.2.1")),
		withTTL(route53.MaxTTL, set(strings.Repeat("x", 63)+".example.org", "AAAA", "::ffff:192.0.2.1")),
	} {
		require.NoError(t, change(z, zone, route53.Create, s))
	}
}

func TestAZoneThatIsNot(t *testing.T) {
	z, _ := account(t)
	const words = "No hosted zone found with ID: Z0"
	_, err := z.GetHostedZone("Z0")
	refused(t, err, "NoSuchHostedZone", words)
	_, err = z.ListResourceRecordSets("Z0")
	refused(t, err, "NoSuchHostedZone", words)
	refused(t, change(z, route53.Zone{ID: "Z0"}, route53.Create, set("example.org", "A", "192.0.2.1")), "NoSuchHostedZone", words)
}

// refused requires a refusal with a code, and with these words in it.
func refused(t *testing.T, err error, code, words string) {
	t.Helper()
	require.True(t, apierror.Has(err, code), "want %s, got: %v", code, err)
	require.ErrorContains(t, err, words)
}
