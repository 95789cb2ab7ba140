package vpn

import (
	"net/netip"

	"tripvpn/infra/config"
	"tripvpn/internal/spec"
)

const (
	// udpPort is the port that IANA assigned to OpenVPN.
	udpPort = 1194

	// tcpPort is the port of HTTPS, which networks seldom block.
	tcpPort = 443
)

// listeners returns the listeners of every server of the trip, in the order in
// which clients try them. All have the same subnets, so that a device keeps its
// addresses, and its client the tunnel, when it changes from one to another. The
// IPv6 subnet derives from a secret; withSubnet6 adds it.
func listeners(c config.Config) []spec.Listener {
	all := []spec.Listener{
		{Instance: c.Name, Protocol: spec.UDP, Port: udpPort, Subnet: c.Subnet, Device: "tripvpn0"},
	}
	if c.TCPFallback {
		all = append(all, spec.Listener{Instance: spec.TCPInstance(c.Name), Protocol: spec.TCP, Port: tcpPort, Subnet: c.Subnet, Device: "tripvpn1"})
	}
	return all
}

// withSubnet6 gives the listeners the first /64 of the trip's IPv6 network.
func withSubnet6(listeners []spec.Listener, network netip.Prefix) []spec.Listener {
	for i := range listeners {
		listeners[i].Subnet6 = netip.PrefixFrom(network.Addr(), 64)
	}
	return listeners
}
