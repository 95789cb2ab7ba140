package bridge_test

import (
	"testing"

	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"

	"tripvpn/lab/cloud/route53"
)

const (
	recordType = "aws:route53/record:Record"
	getZone    = "aws:route53/getZone:getZone"
)

// zone is the id of the account's one hosted zone.
func (a *attached) zone() string {
	a.t.Helper()
	return a.call(getZone, props{"name": "example.org"})["zoneId"].StringValue()
}

func (a *attached) record(name string, values ...any) props {
	return props{"zoneId": a.zone(), "name": name, "type": "A", "ttl": 60, "records": values}
}

// sets are the record sets in the account's zone.
func (a *attached) sets() []route53.RecordSet {
	a.t.Helper()
	sets, err := a.cloud.Zones().ListResourceRecordSets(a.zone())
	require.NoError(a.t, err)
	return sets
}

func (a *attached) change(action route53.Action, set route53.RecordSet) {
	a.t.Helper()
	require.NoError(a.t, a.cloud.Zones().ChangeResourceRecordSets(a.zone(), route53.Change{Action: action, Set: set}))
}

func TestAZoneIsFound(t *testing.T) {
	a := configured(t, props{})
	zone := a.call(getZone, props{"name": "Example.ORG."})
	require.Equal(t, "example.org", zone["name"].StringValue())
	require.Equal(t, zone["zoneId"], zone["id"])
	require.False(t, zone["privateZone"].BoolValue())
	require.Equal(t, "arn:aws:route53:::hostedzone/"+a.zone(), zone["arn"].StringValue())

	for name, args := range map[string]props{
		"another name":   {"name": "example.com"},
		"a private zone": {"name": "example.org", "privateZone": true},
	} {
		_, _, err := a.invoke(getZone, args)
		require.ErrorContains(t, err, "no matching Route 53 Hosted Zone found", name)
	}
	_, failures, err := a.invoke(getZone, props{"vpcId": "vpc-0"})
	require.NoError(t, err)
	require.Len(t, failures, 1, "an argument that is not supported is refused")
}

func TestARecordSetChangesInPlace(t *testing.T) {
	a := configured(t, props{})
	inputs := a.record("VPN.example.org.", "203.0.113.32", "203.0.113.16", "203.0.113.16")
	m := a.create(recordType, inputs)
	require.Equal(t, a.zone()+"_vpn.example.org_A", m.id)
	require.Equal(t, "vpn.example.org", m.text("fqdn"))
	require.Equal(t, "vpn.example.org", m.text("name"))
	require.False(t, m.state["allowOverwrite"].BoolValue())
	require.ElementsMatch(t, []string{"203.0.113.16", "203.0.113.32"}, listed(m.state["records"]))
	require.Equal(t, []string{"global vpn.example.org/A"}, a.cloud.Inventory())

	after, err := a.update(recordType, m, with(with(inputs, "records", []any{"203.0.113.48"}), "ttl", 30))
	require.NoError(t, err)
	require.Equal(t, []string{"203.0.113.48"}, listed(after.state["records"]))
	require.Equal(t, []string{"203.0.113.48"}, a.sets()[0].Values)
	require.Equal(t, 30, *a.sets()[0].TTL)

	after, err = a.update(recordType, after, with(with(inputs, "records", []any{"2001:db8::1"}), "type", "AAAA"))
	require.NoError(t, err)
	require.Equal(t, []string{"global vpn.example.org/AAAA"}, a.cloud.Inventory(), "and no longer A")
	require.True(t, a.exists(recordType, after))
	require.NoError(t, a.delete(recordType, after))
	require.False(t, a.exists(recordType, after))
	require.NoError(t, a.delete(recordType, after), "deleting twice")
	require.Empty(t, a.cloud.Inventory())
}

func TestNamesAreQualifiedAsUpstreamDoes(t *testing.T) {
	a := configured(t, props{})
	require.Equal(t, "vpn.example.org", a.create(recordType, a.record("vpn", "192.0.2.1")).text("fqdn"))
	require.Equal(t, "example.org", a.create(recordType, a.record("", "192.0.2.1")).text("fqdn"))
	_, err := a.try(recordType, a.record("vpnexample.org", "192.0.2.1"), false)
	require.ErrorContains(t, err, "creating Route53 Record: api error InvalidChangeBatch: "+
		"[RRSet with DNS name vpnexample.org. is not permitted in zone example.org.]")
}

func TestARecordSetThatIsThereIsOverwrittenOnDemand(t *testing.T) {
	a := configured(t, props{})
	inputs := a.record("vpn.example.org", "203.0.113.16")
	ttl := 60
	a.change(route53.Create, route53.RecordSet{Name: "vpn.example.org", Type: "A", TTL: &ttl, Values: []string{"192.0.2.1"}})
	_, err := a.try(recordType, inputs, false)
	require.ErrorContains(t, err, "[Tried to create resource record set [name='vpn.example.org.', type='A'] but it already exists]")
	a.create(recordType, with(inputs, "allowOverwrite", true))
	require.Equal(t, []string{"203.0.113.16"}, a.sets()[0].Values)
}

func TestARecordSetBesideACNAMEIsRefused(t *testing.T) {
	a := configured(t, props{})
	ttl := 60
	a.change(route53.Create, route53.RecordSet{Name: "vpn.example.org", Type: "CNAME", TTL: &ttl, Values: []string{"example.com"}})
	_, err := a.try(recordType, with(a.record("vpn.example.org", "203.0.113.16"), "allowOverwrite", true), false)
	require.ErrorContains(t, err, "creating Route53 Record: api error InvalidChangeBatch: [RRSet of type A with DNS name "+
		"vpn.example.org. is not permitted because a conflicting RRSet of type CNAME with the same DNS name already exists in zone example.org.]")
}

func TestARecordSetThatWasChangedByHandIsDeletedAsWell(t *testing.T) {
	a := configured(t, props{})
	m := a.create(recordType, a.record("vpn.example.org", "203.0.113.16"))
	set := a.sets()[0]
	set.Values = []string{"192.0.2.1"}
	a.change(route53.Upsert, set)
	require.NoError(t, a.delete(recordType, m))
	require.Empty(t, a.sets())
}

func TestAPreviewOfARecordSetKnowsTypesAlone(t *testing.T) {
	a := configured(t, props{})
	good := a.record("vpn.example.org", "203.0.113.16")
	for value, words := range map[string]string{
		"TXT": "does not support record sets of type TXT", "aaaa": "expected type to be one of",
	} {
		_, err := a.try(recordType, with(good, "type", value), true)
		require.ErrorContains(t, err, words)
	}
	for _, inputs := range []props{
		with(good, "records", []any{"anything"}),
		with(good, "records", unknown),
		with(good, "zoneId", unknown),
	} {
		m, err := a.try(recordType, inputs, true)
		require.NoError(t, err)
		require.True(t, m.state["fqdn"].ContainsUnknowns())
	}
	require.Empty(t, a.cloud.Inventory())
}

func TestRoute53RefusesWhenARecordSetIsMade(t *testing.T) {
	a := configured(t, props{})
	good := a.record("vpn.example.org", "203.0.113.16")
	for key, c := range map[string]struct {
		value any
		words string
	}{
		"records": {[]any{"2001:db8::1"}, "api error InvalidChangeBatch: [Invalid Resource Record: "},
		"ttl":     {1 << 31, "api error InvalidInput: "},
		"zoneId":  {"Z0", "api error NoSuchHostedZone: No hosted zone found with ID: Z0"},
	} {
		_, err := a.try(recordType, with(good, key, c.value), false)
		require.ErrorContains(t, err, c.words, key)
	}
	without := a.record("vpn.example.org", "203.0.113.16")
	delete(without, "ttl")
	_, err := a.try(recordType, without, false)
	require.ErrorContains(t, err, "all of [TTL, and ResourceRecords]")
}

func TestWhatReplacesARecordSet(t *testing.T) {
	a := configured(t, props{})
	inputs := a.record("vpn.example.org", "203.0.113.16", "203.0.113.32")
	for key, c := range map[string]struct {
		value    any
		replaces bool
	}{
		"name": {"other.example.org", true}, "zoneId": {"Z0", true},
		"type": {"AAAA", false}, "ttl": {30, false}, "records": {[]any{"203.0.113.16"}, false}, "allowOverwrite": {true, false},
	} {
		resp := a.diff(recordType, inputs, with(inputs, key, c.value))
		require.Equal(t, rpc.DiffResponse_DIFF_SOME, resp.GetChanges(), key)
		require.Equal(t, c.replaces, len(resp.GetReplaces()) > 0, key)
		require.False(t, resp.GetDeleteBeforeReplace(), key)
	}
	turned := with(inputs, "records", []any{"203.0.113.32", "203.0.113.16"})
	require.Equal(t, rpc.DiffResponse_DIFF_NONE, a.diff(recordType, inputs, turned).GetChanges(), "another order is no change")
}
