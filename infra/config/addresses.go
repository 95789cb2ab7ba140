package config

import (
	"fmt"
	"net/netip"
	"strconv"

	"tripvpn/internal/spec"
)

// VPCSubnet is the IPv4 network of the VPC and of its only subnet, which
// contains only the server.
var VPCSubnet = netip.MustParsePrefix("10.86.0.0/24")

const (
	// anywhere is the entry that opens SSH to the whole Internet.
	anywhere = "anywhere"

	widest4, widest6 = 8, 16 // shortest prefixes that may reach SSH, in bits

	defaultSubnet = "10.8.0.0/16"
)

func (p *Problems) addressSerial(serial int) int {
	if serial < 0 {
		p.Add("addressSerial", strconv.Itoa(serial), "is below 0", Set("addressSerial", "1"))
	}
	return serial
}

func (p *Problems) admins(entries []string) []netip.Prefix {
	var admins []netip.Prefix
	for i, entry := range entries {
		if entry == anywhere {
			admins = append(admins, netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0"))
			continue
		}
		prefix, rule := parseAdmin(entry)
		if rule != "" {
			p.Add(Item("adminCidrs", i), entry, rule,
				"write a network such as 203.0.113.7/32, or anywhere to open SSH to the whole Internet")
			continue
		}
		admins = append(admins, prefix)
	}
	p.distinct("adminCidrs", entries)
	return admins
}

// parseAdmin parses one entry, or returns the rule that it breaks.
func parseAdmin(entry string) (prefix netip.Prefix, rule string) {
	prefix, err := netip.ParsePrefix(entry)
	switch {
	case err != nil:
		return prefix, "is not a network in CIDR notation"
	case prefix != prefix.Masked():
		return prefix, "is an address, not a network; the network is " + prefix.Masked().String()
	case prefix.Addr().Is4() && prefix.Bits() < widest4, prefix.Addr().Is6() && prefix.Bits() < widest6:
		return prefix, "would open SSH to a large part of the Internet"
	}
	return prefix, ""
}

// subnet parses the tunnel's IPv4 network, which must have room for the clients.
func (p *Problems) subnet(value string, clients int) netip.Prefix {
	prefix, _ := netip.ParsePrefix(value) // the zero value is not an IPv4 network either
	if err := spec.CheckSubnet(prefix); err != nil {
		p.Add("subnet", value, err.Error(), Set("subnet", defaultSubnet))
	} else if prefix.Overlaps(VPCSubnet) {
		p.Add("subnet", value, "overlaps the server's own network "+VPCSubnet.String(), Set("subnet", defaultSubnet))
	} else if spec.Room(prefix) < clients {
		larger := widen(prefix, clients)
		p.Add("subnet", value, fmt.Sprintf("is too small for %d clients, which need a /%d", clients, larger.Bits()), Set("subnet", larger.String()))
	}
	return prefix
}

// widen returns the smallest network that contains p and has room for the clients.
func widen(p netip.Prefix, clients int) netip.Prefix {
	for spec.Room(p) < clients {
		p = netip.PrefixFrom(p.Addr(), p.Bits()-1).Masked()
	}
	return p
}
