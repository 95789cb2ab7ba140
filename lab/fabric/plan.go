package fabric

import (
	"fmt"
	"net/netip"
)

// Names of the namespaces that always exist.
const (
	Internet = "tvl-internet" // the backbone, with the servers that stand in the open
	Operator = "tvl-operator" // where the lab itself, the engine and its plugins run
)

// Prefixes of the names of the others.
const (
	routerPrefix    = "tvl-r-"
	hostPrefix      = "tvl-h-"
	accessPrefix    = "tvl-a-"
	travellerPrefix = "tvl-t-"
)

// Addresses that never change. Except PublicResolvers they come from blocks that are set
// aside for documentation (RFC 5737, RFC 3849), so that nothing real is shadowed.
var (
	operatorGateway  = netip.MustParsePrefix("192.0.2.1/27")
	OperatorAddress  = netip.MustParseAddr("192.0.2.10")
	operatorGateway6 = netip.MustParsePrefix("2001:db8:0:1::1/64")
	OperatorAddress6 = netip.MustParseAddr("2001:db8:0:1::10")

	Web  = netip.MustParseAddr("192.0.2.80")
	Web6 = netip.MustParseAddr("2001:db8:0:80::80")

	DNS  = netip.MustParseAddr("192.0.2.53")
	DNS6 = netip.MustParseAddr("2001:db8:0:53::53")

	// PublicResolvers are the real resolvers that servers push. In the backbone's
	// namespace, which leads nowhere, they shadow nothing.
	PublicResolvers = []netip.Addr{
		netip.MustParseAddr("1.1.1.1"),
		netip.MustParseAddr("9.9.9.9"),
		netip.MustParseAddr("2606:4700:4700::1111"),
		netip.MustParseAddr("2620:fe::fe"),
	}

	PackageProxy = netip.MustParseAddrPort("192.0.2.81:3142")
)

// Limits of the address plan.
const (
	maxRegions    = 16
	maxTravellers = 32
)

// Addresses are the public ones of a region.
type Addresses struct {
	Elastic netip.Prefix // Elastic IPs: sixteen IPv4 addresses, all of them usable
	IPv6    netip.Prefix // a /40, from which VPCs get their /56
}

func regionAddresses(slot int) Addresses {
	n := byte(slot)
	return Addresses{
		Elastic: netip.PrefixFrom(netip.AddrFrom4([4]byte{203, 0, 113, 16 * n}), 28),
		IPv6:    netip.PrefixFrom(netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, n + 1}), 40),
	}
}

// uplink is the cable between the backbone and the router of a region or of a
// traveller. IPv6 uses link-local addresses on it.
type uplink struct{ backbone, router netip.Addr }

func regionUplink(slot int) uplink { return uplinkAt(128 + 2*byte(slot)) }

func accessUplink(slot int) uplink { return uplinkAt(192 + 2*byte(slot)) }

func uplinkAt(n byte) uplink {
	return uplink{
		backbone: netip.AddrFrom4([4]byte{192, 0, 2, n}),
		router:   netip.AddrFrom4([4]byte{192, 0, 2, n + 1}),
	}
}

// travellerHost is a traveller in the network behind a router of its own.
func travellerHost(slot int, name string) Host {
	n := byte(slot)
	gateway := netip.AddrFrom4([4]byte{198, 51, 100, 8*n + 1})
	gateway6 := netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, 0xf0, n, 15: 1})
	return Host{
		Name:     name,
		Gateway:  netip.PrefixFrom(gateway, 29),
		Address:  gateway.Next(),
		Gateway6: netip.PrefixFrom(gateway6, 64),
		Address6: gateway6.Next(),
	}
}

// slots hands out numbers below a limit, the lowest free one first. The same name
// always gets the same number.
type slots struct {
	what  string
	limit int
	taken map[string]int
}

func newSlots(what string, limit int) slots {
	return slots{what: what, limit: limit, taken: map[string]int{}}
}

func (s slots) take(name string) (int, error) {
	if n, ok := s.taken[name]; ok {
		return n, nil
	}
	used := make([]bool, s.limit)
	for _, n := range s.taken {
		used[n] = true
	}
	for n := range used {
		if !used[n] {
			s.taken[name] = n
			return n, nil
		}
	}
	return 0, fmt.Errorf("making room for %s %q: the lab's address plan holds %d, and all are taken", s.what, name, s.limit)
}

func (s slots) free(name string) { delete(s.taken, name) }
