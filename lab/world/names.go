package world

import (
	"net/netip"

	"tripvpn/lab/cloud/route53"
	"tripvpn/lab/internet"
)

// names are the account's zones, for the name server.
func names(z *route53.Zones) internet.Zones {
	return func() []internet.Zone {
		var zones []internet.Zone
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
