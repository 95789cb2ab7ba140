package fabric

import (
	"net/netip"
	"testing"

	"tripvpn/internal/golden"
)

var (
	anyone  = netip.MustParsePrefix("0.0.0.0/0")
	anyone6 = netip.MustParsePrefix("::/0")
)

func TestRuleset(t *testing.T) {
	server := port{
		device:   "m1",
		address:  netip.MustParseAddr("10.86.0.10"),
		address6: netip.MustParseAddr("2001:db8:100::10"),
		rules: []Rule{
			{Ingress: true, Protocol: "udp", FromPort: 1194, ToPort: 1194, Peer: anyone},
			{Ingress: true, Protocol: "udp", FromPort: 1194, ToPort: 1194, Peer: anyone6},
			{Ingress: true, Protocol: "tcp", FromPort: 22, ToPort: 22, Peer: netip.MustParsePrefix("192.0.2.10/32")},
			{Ingress: true, Protocol: "icmp", Peer: netip.MustParsePrefix("192.0.2.0/24")},
			{Ingress: true, Protocol: "icmpv6", Peer: netip.MustParsePrefix("2001:db8::/32")},
			{Protocol: "all", Peer: anyone},
			{Protocol: "all", Peer: anyone6},
		},
	}
	mute := port{device: "m2", address: netip.MustParseAddr("10.86.0.11")}
	elastic := map[netip.Addr]netip.Addr{
		netip.MustParseAddr("203.0.113.2"): mute.address,
		netip.MustParseAddr("203.0.113.1"): server.address,
	}
	for name, got := range map[string]string{
		"empty":     ruleset(nil, nil),
		"two-hosts": ruleset([]port{server, mute}, elastic),
	} {
		t.Run(name, func(t *testing.T) { golden.Require(t, name+".nft", got) })
	}
}
