package fabric

import "net/netip"

// Families are the families of addresses that a network has.
type Families int

// Networks by their families. In one without IPv4, names are not resolved: the machines'
// resolver has an IPv4 address. There is no translation between the families.
const (
	IPv4AndIPv6 Families = iota
	OnlyIPv4
	OnlyIPv6
)

// of is a host whose network has only these families.
func (f Families) of(h Host) Host {
	switch f {
	case OnlyIPv4:
		h.Gateway6, h.Address6 = netip.Prefix{}, netip.Addr{}
	case OnlyIPv6:
		h.Gateway, h.Address = netip.Prefix{}, netip.Addr{}
	}
	return h
}
