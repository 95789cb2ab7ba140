package vpn

import (
	"fmt"
	"net/netip"

	"go4.org/netipx"

	"tripvpn/infra/config"
)

var (
	everything4 = netip.MustParsePrefix("0.0.0.0/0")
	everything6 = netip.MustParsePrefix("::/0")
)

// tunnelRoutes returns the networks that a profile routes through the tunnel, in
// order, IPv4 first: those of the setting, with the resolvers, and without the
// servers. Without servers, nothing is left out for them.
func tunnelRoutes(setting config.Routes, resolvers []netip.Addr, servers []netip.Prefix) ([]netip.Prefix, error) {
	var b netipx.IPSetBuilder
	if len(setting.Only) == 0 {
		b.AddPrefix(everything4)
		b.AddPrefix(everything6)
	}
	for _, network := range setting.Only {
		b.AddPrefix(network)
	}
	for _, network := range setting.Except {
		b.RemovePrefix(network)
	}
	for _, resolver := range resolvers {
		b.Add(resolver)
	}
	for _, server := range servers {
		b.RemovePrefix(server)
	}
	set, err := b.IPSet()
	if err != nil {
		return nil, fmt.Errorf("computing the routes of a profile: %w", err)
	}
	var routes []netip.Prefix
	for _, network := range set.Prefixes() {
		routes = append(routes, halves(network)...)
	}
	return routes, nil
}

// halves splits a network of all addresses in two, because it would replace the
// device's own default route.
func halves(network netip.Prefix) []netip.Prefix {
	switch network {
	case everything4:
		return []netip.Prefix{netip.MustParsePrefix("0.0.0.0/1"), netip.MustParsePrefix("128.0.0.0/1")}
	case everything6:
		return []netip.Prefix{netip.MustParsePrefix("::/1"), netip.MustParsePrefix("8000::/1")}
	}
	return []netip.Prefix{network}
}
