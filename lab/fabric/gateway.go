package fabric

import "net/netip"

// Gateway is the router's IPv4 address and the subnet's size.
func (l *Link) Gateway() netip.Prefix { return l.host.Gateway }

// Gateway6 is the same over IPv6, invalid without IPv6.
func (l *Link) Gateway6() netip.Prefix { return l.host.Gateway6 }
