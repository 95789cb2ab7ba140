package e2e

import (
	"fmt"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/cloud/ec2"
	"tripvpn/lab/cloud/route53"
	"tripvpn/lab/fabric"
	"tripvpn/lab/world"
)

// account is a trip on an account that refuses what AWS refuses, with settings that
// change under a server.
type account struct {
	*trip
	region *ec2.Region
	anna   *device
}

// types are instance types of this machine's architecture, and one of the other.
var types = map[string]struct{ nano, micro, unburstable, foreign string }{
	"amd64": {"t3.nano", "t3.micro", "m6i.large", "t4g.nano"},
	"arm64": {"t4g.nano", "t4g.micro", "m7g.medium", "t3.nano"},
}[runtime.GOARCH]

// TestAnAccount lists what an account may refuse, and what may change under a
// server.
func TestAnAccount(t *testing.T) {
	a := &account{trip: newTrip(t, "account", map[string]any{
		"regions": []string{region}, "clients": []string{"anna"}, "instanceType": types.nano,
	})}
	var err error
	a.region, err = a.world.Cloud.Region(region)
	require.NoError(t, err)
	inOrder(t, []chapter{
		{"a region that is not enabled is refused", a.refusesRegion},
		{"a record that exists is refused", a.refusesRecord},
		{"each of AWS's refusals comes with a hint", a.hints},
		{"another zone has capacity", a.choosesZone},
		{"an image waits for the next server", a.keepsImage},
		{"another architecture is refused", a.refusesArchitecture},
		{"another type of the same architecture keeps address and clients", a.changesType},
		{"up through the VPN is refused", a.refusesOwnAddress},
		{"a stopped server is started", a.startsServer},
		{"a new server gets what waited", a.rebuilds},
		{"a type that the zone lacks is refused", a.refusesTypeOfZone},
		{"destroy leaves nothing", a.end},
	})
}

// refused requires that a preview and an update of other settings are refused with
// these words, and change nothing.
func (a *account) refused(t *testing.T, name string, settings map[string]any, words ...string) {
	t.Helper()
	before := a.world.Cloud.Inventory()
	s, err := a.world.NewStack(t.Context(), name, settings)
	require.NoError(t, err)
	_, preview := s.Preview(t.Context())
	_, up := s.Up(t.Context())
	for _, word := range words {
		require.ErrorContains(t, preview, word)
		require.ErrorContains(t, up, word)
	}
	require.Equal(t, before, a.world.Cloud.Inventory())
}

func (a *account) refusesRegion(t *testing.T) {
	a.refused(t, "opt-in", map[string]any{"regions": []string{region, "me-south-1"}, "clients": []string{"anna"}, "instanceType": types.nano},
		`tripvpn:regions[1]: "me-south-1" is not enabled for this account`, "aws account enable-region --region-name me-south-1")
}

func (a *account) refusesRecord(t *testing.T) {
	zone := a.world.Cloud.Zones().ListHostedZones()[0]
	ttl := 60
	record := route53.RecordSet{Name: domain, Type: "A", TTL: &ttl, Values: []string{"192.0.2.1"}}
	require.NoError(t, a.world.Cloud.Zones().ChangeResourceRecordSets(zone.ID, route53.Change{Action: route53.Create, Set: record}))
	a.refused(t, "record", map[string]any{"clients": []string{"anna"}, "instanceType": types.nano, "domain": domain, "zone": world.Zone},
		`tripvpn:domain: "vpn.example.org" has a record of type A already, which is not this stack's: 192.0.2.1`, "choose another domain")
	require.NoError(t, a.world.Cloud.Zones().ChangeResourceRecordSets(zone.ID, route53.Change{Action: route53.Delete, Set: record}))
}

// hints runs into one refusal after the other with the same stack, which gets as
// far as the account lets it.
func (a *account) hints(t *testing.T) {
	fails := func(name string, words ...string) {
		t.Run(name, func(t *testing.T) {
			_, err := a.stack.Up(t.Context())
			for _, word := range words {
				require.ErrorContains(t, err, word)
			}
		})
	}
	var vpcs []string
	for range ec2.MaxVpcs {
		vpc, err := a.region.CreateVpc(ec2.VpcSpec{CIDR: "10.99.0.0/16"})
		require.NoError(t, err)
		vpcs = append(vpcs, vpc.ID)
	}
	fails("networks", "VpcLimitExceeded", "five VPCs per region: delete one in us-east-1")
	for _, id := range vpcs {
		require.NoError(t, a.region.DeleteVpc(id))
	}
	var addresses []string
	for range ec2.MaxElastic {
		address, err := a.region.AllocateAddress(nil)
		require.NoError(t, err)
		addresses = append(addresses, address.AllocationID)
	}
	fails("addresses", "AddressLimitExceeded", "five Elastic IP addresses per region: release one in us-east-1")
	for _, id := range addresses {
		require.NoError(t, a.region.ReleaseAddress(id))
	}
	for name, refusal := range map[string]struct {
		restrictions ec2.Restrictions
		words        []string
	}{
		"the free plan":   {ec2.Restrictions{FreePlan: true}, []string{"not eligible for Free Tier", "pulumi config set tripvpn:instanceType " + types.micro}},
		"the vCPU quota":  {ec2.Restrictions{VCPUs: 1}, []string{"VcpuLimitExceeded", "quota for running instances in us-east-1 is used up"}},
		"the permissions": {ec2.Restrictions{Denied: []string{"RunInstances"}}, []string{"UnauthorizedOperation", "docs/aws.md has a policy"}},
		"a look-up": {ec2.Restrictions{Denied: []string{"DescribeInstanceTypeOfferings"}},
			[]string{"UnauthorizedOperation", "ec2:DescribeInstanceTypeOfferings", "docs/aws.md has a policy"}},
	} {
		a.world.Cloud.Restrict(refusal.restrictions)
		fails(name, refusal.words...)
	}
	a.world.Cloud.Restrict(ec2.Restrictions{NoCapacity: []ec2.Offering{{Type: types.nano, Zone: "us-east-1b"}}})
	before := a.region.Attempts("RunInstances")
	fails("capacity", "InsufficientInstanceCapacity", "zone us-east-1b had no free "+types.nano,
		"pulumi config set --path 'tripvpn:availabilityZones[0]' us-east-1c")
	require.LessOrEqual(t, a.region.Attempts("RunInstances")-before, 9, "the provider's default is 25, most of an hour")
}

func (a *account) choosesZone(t *testing.T) {
	before := a.region.DescribeAddresses()
	require.Len(t, before, 1)
	a.change(t, map[string]any{"availabilityZones": []string{"us-east-1c"}})
	a.world.Cloud.Restrict(ec2.Restrictions{})
	a.endpoint = a.address(t, region)
	require.Equal(t, before[0].Public.String(), a.endpoint)
	require.Equal(t, "us-east-1c", a.instance(t).Zone)
	a.anna = a.newDevice(t, "anna")
	a.hand(t, a.anna, "anna")
	a.anna.connect(t)
	require.NoError(t, a.anna.seenAs(t.Context(), a.endpoint))
}

// instance is the only one that runs.
func (a *account) instance(t *testing.T) ec2.Instance {
	t.Helper()
	var found []ec2.Instance
	for _, i := range a.region.DescribeInstances() {
		if i.State != ec2.Terminated {
			found = append(found, i)
		}
	}
	require.Len(t, found, 1)
	return found[0]
}

// image finds the AMI for this machine's architecture whose name begins so.
func (a *account) image(t *testing.T, name string) ec2.Image {
	t.Helper()
	found, err := a.region.DescribeImages(ec2.ImageQuery{IncludeDeprecated: true, Filters: []ec2.Filter{
		{Name: "name", Values: []string{name + "-" + runtime.GOARCH + "*"}},
	}})
	require.NoError(t, err)
	require.Len(t, found, 1)
	return found[0]
}

// own is the AMI of the account's own: Debian with a root volume of 20 GiB.
const own = "own-debian-13"

func (a *account) keepsImage(t *testing.T) {
	a.world.Cloud.DeprecateImages("debian-12-*")
	before := a.instance(t)
	for _, name := range []string{"debian-12", own} {
		a.settings["image"] = a.image(t, name).ID
		require.NoError(t, a.stack.Configure(t.Context(), a.settings))
		preview, err := a.stack.Preview(t.Context())
		require.NoError(t, err, name)
		require.False(t, preview.Changed(), "%v", preview.Changes)
		require.Len(t, preview.Warnings, 1)
		require.Contains(t, preview.Warnings[0], "applies to a new server, and the one in us-east-1 keeps debian-13")
		require.Contains(t, preview.Warnings[0], "aws ec2 --region us-east-1 terminate-instances --instance-ids "+before.ID)
	}
	a.change(t, nil)
	require.Equal(t, before, a.instance(t))
	require.NoError(t, a.anna.seenAs(t.Context(), a.endpoint))
}

// refusedHere requires that the stack is refused, and that its server does not
// notice.
func (a *account) refusedHere(t *testing.T, settings map[string]any, words ...string) {
	t.Helper()
	before := a.instance(t)
	require.NoError(t, a.stack.Configure(t.Context(), settings))
	_, preview := a.stack.Preview(t.Context())
	_, up := a.stack.Up(t.Context())
	for _, word := range words {
		require.ErrorContains(t, preview, word)
		require.ErrorContains(t, up, word)
	}
	require.Equal(t, before, a.instance(t))
	require.NoError(t, a.anna.seenAs(t.Context(), a.endpoint))
	require.NoError(t, a.stack.Configure(t.Context(), a.settings))
}

func (a *account) refusesArchitecture(t *testing.T) {
	a.refusedHere(t, a.with("instanceType", types.foreign, "image", "debian-13"),
		"while the server in us-east-1 is", "which cannot change")
}

// with returns the settings with some changed.
func (a *account) with(pairs ...any) map[string]any {
	changed := map[string]any{}
	for key, value := range a.settings {
		changed[key] = value
	}
	for i := 0; i < len(pairs); i += 2 {
		changed[pairs[i].(string)] = pairs[i+1]
	}
	return changed
}

func (a *account) changesType(t *testing.T) {
	before := a.instance(t)
	changes := a.change(t, map[string]any{"instanceType": types.micro})
	require.Zero(t, changes["replace"])
	require.Zero(t, changes["create"])
	after := a.instance(t)
	require.Equal(t, before.ID, after.ID)
	require.Equal(t, types.micro, after.Type)
	require.Equal(t, a.endpoint, a.address(t, region))
	eventually(t, time.Minute, func() error { return a.anna.seenAs(t.Context(), a.endpoint) })
}

func (a *account) refusesOwnAddress(t *testing.T) {
	a.world.Egress = netip.MustParseAddr(a.endpoint)
	defer func() { a.world.Egress = fabric.OperatorAddress }()
	a.refusedHere(t, a.settings, "traffic comes from "+a.endpoint+", the server in us-east-1", "disconnect from the VPN")
}

func (a *account) startsServer(t *testing.T) {
	host := a.host(t)
	_, _ = host.Run(t.Context(), "systemctl", "poweroff") // which may end before it has answered
	eventually(t, time.Minute, func() error { return a.inState(t, ec2.Stopped) })
	preview, err := a.stack.Preview(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, preview.Changes["update"])
	id := a.instance(t).ID
	require.Contains(t, preview.Warnings, "the server darrell-us-east-1 ("+id+") was stopped, and is started again")
	require.NoError(t, a.inState(t, ec2.Stopped), "a preview starts nothing")
	result, err := a.stack.Up(t.Context())
	require.NoError(t, err)
	require.Contains(t, result.Warnings, "the server darrell-us-east-1 ("+id+") was stopped, and is started again")
	require.NoError(t, a.inState(t, ec2.Running))
	require.Equal(t, id, a.instance(t).ID)
	eventually(t, time.Minute, func() error { return a.anna.seenAs(t.Context(), a.endpoint) })
}

func (a *account) inState(t *testing.T, state string) error {
	t.Helper()
	if is := a.instance(t).State; is != state {
		return fmt.Errorf("the instance is %s, not %s", is, state)
	}
	return nil
}

// rebuilds runs the commands that the warnings name. The next server has the
// image, with its larger disk, and the zone.
func (a *account) rebuilds(t *testing.T) {
	before := a.instance(t)
	a.settings["availabilityZones"], a.settings["instanceType"] = []string{"us-east-1a"}, types.unburstable
	require.NoError(t, a.stack.Configure(t.Context(), a.settings))
	preview, err := a.stack.Preview(t.Context())
	require.NoError(t, err)
	require.Len(t, preview.Warnings, 2, "image and zone")
	for _, warning := range preview.Warnings {
		_, commands, _ := strings.Cut(warning, "minutes: ")
		a.runsAWS(t, strings.Split(strings.TrimSuffix(commands, " && pulumi up"), " && "))
	}
	a.change(t, nil)
	after := a.instance(t)
	require.NotEqual(t, before.ID, after.ID)
	require.Equal(t, a.image(t, own).ID, after.ImageID)
	require.Equal(t, 20, after.Root.SizeGiB)
	require.Equal(t, "us-east-1a", after.Zone)
	require.Equal(t, a.endpoint, a.address(t, region))
	eventually(t, time.Minute, func() error { return a.anna.seenAs(t.Context(), a.endpoint) })
}

func (a *account) refusesTypeOfZone(t *testing.T) {
	a.refusedHere(t, a.with("instanceType", types.micro), "is not offered in zone us-east-1a, where the server is")
}

func (a *account) end(t *testing.T) {
	_, err := a.stack.Destroy(t.Context())
	require.NoError(t, err)
	require.NoError(t, a.anna.Remove(t.Context()))
	left, err := a.world.Leftovers()
	require.NoError(t, err)
	require.Empty(t, left)
}
