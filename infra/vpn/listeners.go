package vpn

import (
	"net/netip"

	"tripvpn/infra/config"
	"tripvpn/internal/spec"
)

// port is the UDP port that IANA assigned to OpenVPN.
const port = 1194

// listeners returns the listeners of every server of the trip. They lack IPv6
// subnets, which derive from a secret; withSubnets6 adds them.
func listeners(c config.Config) []spec.Listener {
	return []spec.Listener{
		{Instance: c.Name, Protocol: spec.UDP, Port: port, Subnet: c.Subnet, Device: "tripvpn0"},
	}
}

// withSubnets6 gives each listener a /64 of the trip's IPv6 network, a /48.
func withSubnets6(listeners []spec.Listener, network netip.Prefix) []spec.Listener {
	for i := range listeners {
		address := network.Addr().As16()
		address[7] = byte(i)
		listeners[i].Subnet6 = netip.PrefixFrom(netip.AddrFrom16(address), 64)
	}
	return listeners
}
