package config

import (
	"net/netip"
	"strings"
)

// Routes are the part of the Internet that devices reach through the tunnel. The zero
// value means all of it.
type Routes struct {
	Only   []netip.Prefix // empty means everything
	Except []netip.Prefix // removed from Only
}

// All reports whether the tunnel leads to the whole Internet.
func (r Routes) All() bool { return len(r.Only)+len(r.Except) == 0 }

// exception begins an entry of routes that is not reached through the tunnel.
const exception = "!"

// routes parses networks; those after an exclamation mark are exceptions.
func (p *Problems) routes(entries []string, ipv6 bool, domain string) Routes {
	var r Routes
	for i, entry := range entries {
		network, excluded := strings.CutPrefix(entry, exception)
		prefix, err := netip.ParsePrefix(network)
		refuse := func(rule, fix string) { p.Add(Item("routes", i), entry, rule, fix) }
		switch {
		case err != nil:
			refuse("is not a network in CIDR notation", "write a network such as 198.51.100.0/24, or !198.51.100.0/24 for everything but that network")
		case prefix != prefix.Masked():
			refuse("is an address, not a network; the network is "+prefix.Masked().String(), "write the network")
		case excluded && domain != "":
			refuse("cannot be an exception together with a domain: the server's address can change, and nothing would keep the server itself outside the tunnel",
				"list the networks that go through the tunnel, or do without tripvpn:domain")
		case excluded:
			r.Except = append(r.Except, prefix)
		case prefix.Addr().IsPrivate():
			refuse("is private, and servers forward only to the Internet", "remove it")
		case prefix.Addr().Is6() && !ipv6:
			refuse("is an IPv6 network, and tripvpn:ipv6 is false", "remove it, or "+Set("ipv6", "true"))
		default:
			r.Only = append(r.Only, prefix)
		}
	}
	p.distinct("routes", entries)
	return r
}
