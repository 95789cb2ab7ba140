package spec

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
)

// Listener is one OpenVPN process of the host, with its own port and network
// interface. All listeners share one identity, and may share subnets: a device then
// has the same addresses at all of them.
type Listener struct {
	Instance string       `json:"instance"` // openvpn-server@INSTANCE
	Protocol Protocol     `json:"protocol"` // of the port
	Port     uint16       `json:"port"`
	Subnet   netip.Prefix `json:"subnet"`  // tunnel addresses, IPv4
	Subnet6  netip.Prefix `json:"subnet6"` // tunnel addresses, IPv6, a unique local /64 (RFC 4193)
	Device   string       `json:"device"`  // the tunnel's network interface on the server
}

// TCPInstance names the instance of the trip's listener on TCP, of which there is at
// most one.
func TCPInstance(trip string) string { return trip + "-tcp" }

// Protocol is a transport protocol, as OpenVPN and iptables spell it.
type Protocol string

// The protocols. OpenVPN over TCP is slower, and for networks that block UDP.
const (
	UDP Protocol = "udp"
	TCP Protocol = "tcp"
)

// FirstNumber is the lowest number of a device. Number 0 is the network's
// address, 1 is the server's, and the last one is the broadcast address
// (helper_client_server in OpenVPN's helper.c).
const FirstNumber = 2

// Room returns the number of devices that fit into an IPv4 tunnel subnet.
func Room(subnet netip.Prefix) int { return 1<<(32-subnet.Bits()) - 3 }

// Addresses returns the IPv4 and the IPv6 address inside the tunnel of the device
// with that number.
func (l Listener) Addresses(number uint32) (netip.Addr, netip.Addr) {
	v4, v6 := l.Subnet.Addr().As4(), l.Subnet6.Addr().As16()
	binary.BigEndian.PutUint32(v4[:], binary.BigEndian.Uint32(v4[:])+number)
	binary.BigEndian.PutUint32(v6[12:], number)
	return netip.AddrFrom4(v4), netip.AddrFrom16(v6)
}

// deviceName matches an interface name that needs no quoting, of at most 15
// characters (IFNAMSIZ in the kernel's if.h, minus the final zero byte).
var deviceName = regexp.MustCompile(`^[a-z][a-z0-9]{0,14}$`)

// validate checks a single listener. field is its path in the spec.
func (l Listener) validate(field string) error {
	var problems []error
	add := func(name string, value any, rule, fix string) {
		problems = append(problems, problem(field+"."+name, value, rule, fix))
	}
	if err := CheckTripName(l.Instance); err != nil {
		add("instance", l.Instance, "it "+err.Error(), "use a short lower-case word")
	}
	if l.Protocol != UDP && l.Protocol != TCP {
		add("protocol", l.Protocol, "it must be udp or tcp", "use udp")
	}
	if l.Port == 0 {
		add("port", l.Port, "it must be from 1 to 65535", "use 1194")
	}
	if err := CheckSubnet(l.Subnet); err != nil {
		add("subnet", l.Subnet, "it "+err.Error(), "use for example 10.8.0.0/24")
	}
	if p := l.Subnet6; p.Addr().Is4() || p.Addr().Is4In6() || !p.Addr().IsPrivate() || p != p.Masked() || p.Bits() != 64 {
		add("subnet6", p, "it must be a unique local IPv6 network of /64 without host bits", "use for example fd00:8::/64")
	}
	if !deviceName.MatchString(l.Device) {
		add("device", l.Device, "it must match "+deviceName.String(), "use for example tun0")
	}
	return errors.Join(problems...)
}

// validateListeners checks each listener, and that no two conflict.
func validateListeners(listeners []Listener) error {
	if len(listeners) == 0 {
		return problem("listeners", listeners, "a server needs at least one", "add a listener")
	}
	var problems []error
	for i, l := range listeners {
		field := fmt.Sprintf("listeners[%d]", i)
		problems = append(problems, l.validate(field))
		for j, other := range listeners[:i] {
			problems = append(problems, l.validateBeside(other, field, fmt.Sprintf("listeners[%d]", j)))
		}
	}
	return errors.Join(problems...)
}

func (l Listener) validateBeside(other Listener, field, otherField string) error {
	var problems []error
	distinct := func(name string, value any, conflict bool) {
		if conflict {
			problems = append(problems, problem(field+"."+name, value, "it conflicts with "+otherField+"."+name, "give each listener its own"))
		}
	}
	distinct("instance", l.Instance, l.Instance == other.Instance)
	distinct("port", l.Port, l.Port == other.Port && l.Protocol == other.Protocol)
	distinct("subnet", l.Subnet, l.Subnet != other.Subnet && l.Subnet.Overlaps(other.Subnet))
	distinct("subnet6", l.Subnet6, l.Subnet6 != other.Subnet6 && l.Subnet6.Overlaps(other.Subnet6))
	distinct("device", l.Device, l.Device == other.Device)
	return errors.Join(problems...)
}
