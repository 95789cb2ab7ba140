package world

import (
	"net/netip"

	"tripvpn/lab/cloud/route53"
	"tripvpn/lab/fabric"
	"tripvpn/lab/internet"
)

// web is the web server's name. Resolvers may not cache its addresses, so that each
// look-up is seen.
var web = internet.Zone{Name: "example.net", Sets: []internet.RecordSet{
	{Name: WebName, Addresses: []netip.Addr{fabric.Web}},
	{Name: WebName, Addresses: []netip.Addr{fabric.Web6}},
}}

// detectPortal is the name of the page by which programs find login pages.
var detectPortal = internet.Zone{Name: "detectportal.firefox.com", Sets: []internet.RecordSet{
	{Name: "detectportal.firefox.com", Addresses: []netip.Addr{fabric.Web}},
}}

// names are the account's zones and the web server's two names, for the name server.
func names(z *route53.Zones) internet.Zones {
	return func() []internet.Zone {
		zones := []internet.Zone{web, detectPortal}
		for _, zone := range z.ListHostedZones() {
			sets, err := z.ListResourceRecordSets(zone.ID)
			if err != nil {
				continue // it is gone by now
			}
			zones = append(zones, internet.Zone{Name: zone.Name, Sets: translated(sets)})
		}
		return zones
	}
}

// translated leaves out CNAMEs: the name server serves addresses alone.
func translated(sets []route53.RecordSet) []internet.RecordSet {
	var all []internet.RecordSet
	for _, set := range sets {
		if set.Type == "CNAME" {
			continue
		}
		known := internet.RecordSet{Name: set.Name, TTL: uint32(*set.TTL)}
		for _, value := range set.Values {
			known.Addresses = append(known.Addresses, netip.MustParseAddr(value)) // of A and AAAA
		}
		all = append(all, known)
	}
	return all
}
