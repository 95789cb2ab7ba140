package vpn

import (
	"net/netip"
	"slices"
)

// everythingBut returns the IPv4 networks, in order, that together contain every
// address except the given ones: 32 networks for one address, and at most 31 more
// for each further one.
func everythingBut(addresses []netip.Addr) []netip.Prefix {
	return without(netip.MustParsePrefix("0.0.0.0/0"), addresses)
}

// without returns the parts of a network that contain none of the addresses.
func without(p netip.Prefix, addresses []netip.Addr) []netip.Prefix {
	if !slices.ContainsFunc(addresses, p.Contains) {
		return []netip.Prefix{p}
	}
	if p.IsSingleIP() {
		return nil
	}
	lower, upper := halves(p)
	return append(without(lower, addresses), without(upper, addresses)...)
}

// halves splits an IPv4 network in two.
func halves(p netip.Prefix) (lower, upper netip.Prefix) {
	middle := p.Addr().As4()
	middle[p.Bits()/8] |= 0x80 >> (p.Bits() % 8)
	bits := p.Bits() + 1
	return netip.PrefixFrom(p.Addr(), bits), netip.PrefixFrom(netip.AddrFrom4(middle), bits)
}
