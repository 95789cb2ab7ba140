package spec

import (
	"encoding/binary"
	"net/netip"
)

// FirstNumber is the lowest number that a device can have. Number 0 is the
// network's own address, 1 the server's, and the last one the broadcast address
// (helper_client_server in OpenVPN's helper.c).
const FirstNumber = 2

// Room is how many devices an IPv4 tunnel subnet has numbers for.
func Room(subnet netip.Prefix) int { return 1<<(32-subnet.Bits()) - 3 }

// Addresses are those of the device with that number inside the tunnel, IPv4
// and IPv6.
func (n Network) Addresses(number uint32) (netip.Addr, netip.Addr) {
	v4, v6 := n.Subnet.Addr().As4(), n.Subnet6.Addr().As16()
	binary.BigEndian.PutUint32(v4[:], binary.BigEndian.Uint32(v4[:])+number)
	binary.BigEndian.PutUint32(v6[12:], number)
	return netip.AddrFrom4(v4), netip.AddrFrom16(v6)
}
