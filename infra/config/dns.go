package config

import (
	"fmt"
	"net/netip"
	"slices"

	"tripvpn/internal/spec"
)

// resolverSets are public resolvers by the names of their operators.
var resolverSets = map[string][]netip.Addr{
	// https://developers.cloudflare.com/1.1.1.1/ip-addresses/
	"cloudflare": {netip.MustParseAddr("1.1.1.1"), netip.MustParseAddr("2606:4700:4700::1111")},
	// Blocks malware: https://quad9.net/service/service-addresses-and-features
	"quad9": {netip.MustParseAddr("9.9.9.9"), netip.MustParseAddr("2620:fe::fe")},
	// Blocks advertisements and trackers: https://adguard-dns.io/en/public-dns.html
	"adguard": {
		netip.MustParseAddr("94.140.14.14"), netip.MustParseAddr("94.140.15.15"),
		netip.MustParseAddr("2a10:50c0::ad1:ff"), netip.MustParseAddr("2a10:50c0::ad2:ff"),
	},
}

// maxResolvers is the number of resolvers of each address family that OpenVPN 2 uses
// (N_DHCP_ADDR in its tun.h).
const maxResolvers = 4

// dns returns the resolvers of clients. An entry is an address or the name of a set.
// Without IPv6 in the tunnel, IPv6 addresses are left out.
func (p *Problems) dns(entries []string, ipv6 bool) []netip.Addr {
	var resolvers []netip.Addr
	count := map[bool]int{} // by Is4
	for i, entry := range entries {
		found, err := resolversOf(entry)
		if err != nil {
			p.Add(Item("dns", i), entry, err.Error(), "write a public address, or cloudflare, quad9 or adguard")
			return nil
		}
		for _, a := range found {
			if (a.Is4() || ipv6) && !slices.Contains(resolvers, a) {
				resolvers = append(resolvers, a)
				count[a.Is4()]++
			}
		}
	}
	if len(resolvers) == 0 {
		p.Add("dns", fmt.Sprint(entries), "lists no resolver that clients can reach", SetItem("dns", 0, "cloudflare"))
	}
	if most := max(count[true], count[false]); most > maxResolvers {
		p.Add("dns", fmt.Sprint(entries), fmt.Sprintf("lists %d resolvers of one address family, and clients use only %d", most, maxResolvers), "remove some")
	}
	p.distinct("dns", entries)
	return resolvers
}

// resolversOf returns the addresses that an entry stands for, or the rule that it
// breaks.
func resolversOf(entry string) ([]netip.Addr, error) {
	if set, known := resolverSets[entry]; known {
		return set, nil
	}
	address, _ := netip.ParseAddr(entry) // the zero value is not public either
	return []netip.Addr{address}, spec.CheckResolver(address)
}
