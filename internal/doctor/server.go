package doctor

import (
	"fmt"
	"net/netip"
	"slices"

	"tripvpn/internal/spec"
)

// reachable leaves out the addresses to which a name leads only here, if it should lead
// elsewhere.
func (f Facts) reachable() []Server {
	return slices.DeleteFunc(slices.Clone(f.Servers), func(s Server) bool {
		for _, n := range f.Names {
			if n.Host == s.Remote.Host && n.RefErr == nil && !slices.Contains(n.Reference, s.Address.Addr()) {
				return true
			}
		}
		return false
	})
}

// server judges a port by what happens there, and at the other ports of the address.
func (f Facts) server(s Server, c commands) Finding {
	check := fmt.Sprintf("%s %s", s.Remote.Protocol, s.Address)
	if !s.Contact.Answers() && f.offline() != "" {
		return unknown(check, seeInternet)
	}
	same := func(o Server) bool { return o.Address.Addr() == s.Address.Addr() }
	switch s.Contact {
	case NoRoute:
		return unknown(check, fmt.Sprintf("this network has no %s", family(s.Address.Addr())))
	case Silent:
		return f.silent(check, s, f.answers(same), c)
	case Refused:
		if s.Remote.Protocol == spec.UDP && f.answers(same) {
			return fault(check, UDPBlocked, "UDP is refused, and TCP is not: this network blocks UDP, or the server's process for UDP is down; clients use TCP", c.connect())
		}
		return fault(check, DaemonSilent, "the machine answers that nothing listens there: OpenVPN is down, or this network rejects the port", c.sendAgain())
	case Mute:
		if f.drops(same) {
			return fault(check, DeviceRefused, "the server ends the connection, as it refuses the device's key over UDP", c.devices())
		}
		return fault(check, AnotherServer, "something takes connections there, and does not answer the profile's key: another server has the address, or the device was revoked", c.handOver())
	}
	return f.answering(check, s, c)
}

func family(a netip.Addr) string {
	if a.Is4() {
		return "IPv4"
	}
	return "IPv6"
}

func (f Facts) silent(check string, s Server, answers bool, c commands) Finding {
	refuses := slices.ContainsFunc(f.Servers, func(o Server) bool {
		return o.Address.Addr() == s.Address.Addr() && (o.Contact == Refused || o.Contact == Mute)
	})
	switch {
	case answers && s.Remote.Protocol == spec.UDP:
		return fault(check, UDPBlocked, "nothing comes back over UDP, and TCP works: this network blocks UDP; clients use TCP", c.connect())
	case answers:
		return fault(check, TCPBlocked, "nothing comes back over TCP, and UDP works: this network blocks the port; clients use UDP", c.connect())
	case refuses:
		return unknown(check, "nothing comes back; another port of the address says more")
	}
	return fault(check, AddressSilent, "nothing comes back: the server is gone or has ended, its security group or a route does not let packets through, or this network blocks the address", c.up())
}

// answering judges a server that has answered with the profile's key.
func (f Facts) answering(check string, s Server, c commands) Finding {
	if !f.valid() && (s.Contact == Rejects || s.Contact == Drops) {
		return unknown(check, "the server answers; whether it admits the device shows only with a valid profile")
	}
	switch s.Contact {
	case Drops:
		return fault(check, DeviceRefused, "the server answers, and refuses the device's key: the device was revoked or removed", c.devices())
	case Rejects:
		return fault(check, DeviceRefused, "the server answers, and refuses the device's certificate: the device was revoked, or the certificate is of another trip", c.devices())
	case Stranger:
		return fault(check, AnotherServer, "the server answers, and its certificate is not that of the profile's server", c.handOver())
	case ServerEnded:
		return fault(check, ServerCertificate, "the server's certificate has ended, or is not valid yet", c.up())
	case Stalls:
		return unknown(check, "the server answers, and the handshake stops: packets are lost on the way")
	}
	return fine(check, "the server answers, and accepts the device's certificate")
}
