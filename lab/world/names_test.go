package world_test

import (
	"context"
	"net"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/cloud/route53"
	"tripvpn/lab/fabric"
	"tripvpn/lab/fabric/operator/labtest"
	"tripvpn/lab/internet"
	"tripvpn/lab/site"
	"tripvpn/lab/site/sitetest"
	"tripvpn/lab/world"
)

func TestMain(m *testing.M) { sitetest.Main(m) }

// upsert changes the account's zone as another program would.
func upsert(t *testing.T, w *world.World, name, recordType string, values ...netip.Addr) {
	t.Helper()
	ttl := 60
	set := route53.RecordSet{Name: name, Type: recordType, TTL: &ttl}
	for _, value := range values {
		set.Values = append(set.Values, value.String())
	}
	zones := w.Cloud.Zones()
	zone := zones.ListHostedZones()[0]
	require.Equal(t, world.Zone, zone.Name)
	require.NoError(t, zones.ChangeResourceRecordSets(zone.ID, route53.Change{Action: route53.Upsert, Set: set}))
}

func TestATravellerLooksNamesUp(t *testing.T) {
	labtest.Possible(t, site.Missing())
	labtest.Require(t)
	w, err := world.Open(t.Context(), world.Options{Progress: func(text string) { t.Log(text) }})
	require.NoError(t, err)
	defer func() { require.NoError(t, w.Close()) }()
	darrell, err := w.Site.Traveller(t.Context(), "darrell")
	require.NoError(t, err)
	defer func() { require.NoError(t, darrell.Remove(t.Context())) }()

	const name = "web." + world.Zone
	_, err = darrell.Lookup(t.Context(), name)
	require.ErrorContains(t, err, "looking up")
	upsert(t, w, name, "A", fabric.Web)
	w.DNS.Forget()
	found, err := darrell.Lookup(t.Context(), name)
	require.NoError(t, err)
	require.Equal(t, []netip.Addr{fabric.Web}, found)
	require.Contains(t, w.DNS.Queries(), internet.Query{Name: name, Asker: darrell.Address()})

	upsert(t, w, name, "A", fabric.Web, fabric.PackageProxy.Addr())
	upsert(t, w, name, "AAAA", fabric.Web6)
	found, err = darrell.Lookup(t.Context(), name)
	require.NoError(t, err)
	require.ElementsMatch(t, []netip.Addr{fabric.Web, fabric.PackageProxy.Addr(), fabric.Web6}, found, "a change is seen")

	local := darrell.Gateway()
	for _, server := range append([]netip.Addr{fabric.DNS, fabric.DNS6, local}, fabric.PublicResolvers...) {
		for _, network := range []string{"udp", "tcp"} {
			resolver := net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return darrell.Dial(ctx, network, netip.AddrPortFrom(server, 53).String())
			}}
			found, err := resolver.LookupNetIP(t.Context(), "ip6", name+".")
			require.NoError(t, err, "%s %s", network, server)
			require.Equal(t, []netip.Addr{fabric.Web6}, found)
		}
	}
	require.Contains(t, w.DNS.Queries(), internet.Query{Name: name, Asker: darrell.Address6()})

	require.NoError(t, darrell.UseLocalResolver(t.Context()))
	for _, page := range []string{"http://" + name + "/address", world.NamedPage} {
		seen, err := darrell.Fetch(t.Context(), page)
		require.NoError(t, err)
		require.Contains(t, []string{darrell.Address().String() + "\n", darrell.Address6().String() + "\n"}, seen)
	}
	w.DNS.Forget()
	_, err = darrell.Machine().Run(t.Context(), "ip", "route", "del", "default")
	require.NoError(t, err)
	_, err = darrell.Lookup(t.Context(), name)
	require.NoError(t, err, "the local resolver is reached without a gateway")
	require.Contains(t, w.DNS.Queries(), internet.Query{Name: name, Asker: darrell.Address()})

	left, err := w.Leftovers()
	require.NoError(t, err)
	require.Contains(t, left, "global web.example.org/A")
}
