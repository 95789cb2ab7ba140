// Package leak judges what left a device beside its tunnel. It is pure: it uses no
// socket or clock.
package leak

import (
	"net/netip"
	"slices"

	"github.com/gopacket/gopacket/layers"
	"github.com/miekg/dns"

	"tripvpn/lab/fabric/capture"
)

// Rules say what may leave a device while its client runs, besides what every device
// sends to be on a network at all: ARP, neighbour discovery, multicast reports, DHCP.
type Rules struct {
	UDP []netip.AddrPort // of the servers
	TCP []netip.AddrPort

	// Name may be looked up at the network's resolver, port 53 over UDP. It is the
	// profile's domain, empty without one.
	Name     string
	Resolver netip.Addr
}

// Leaks returns the frames that the device sent and should not have, in their order.
func (r Rules) Leaks(frames []capture.Frame) []capture.Frame {
	var leaks []capture.Frame
	for _, f := range frames {
		if f.Sent && !r.tunnel(f) && !r.unreachable(f) && !r.lookup(f) && !local(f) {
			leaks = append(leaks, f)
		}
	}
	return leaks
}

// Check returns an error that names what leaked. Frames without any to a server are an
// error as well: they were not recorded while the tunnel was in use.
func (r Rules) Check(frames []capture.Frame) error {
	if leaks := r.Leaks(frames); len(leaks) > 0 {
		return leaked(leaks)
	}
	if !slices.ContainsFunc(frames, func(f capture.Frame) bool { return f.Sent && r.tunnel(f) }) {
		return errNoTunnel
	}
	return nil
}

// tunnel reports whether a frame is for a server.
func (r Rules) tunnel(f capture.Frame) bool {
	switch f.Protocol {
	case layers.LayerTypeUDP:
		return slices.Contains(r.UDP, f.Destination)
	case layers.LayerTypeTCP:
		return slices.Contains(r.TCP, f.Destination)
	}
	return false
}

// unreachable reports whether a frame tells a server that nobody listens. The kernel
// answers so when a server's datagram is late, and the client has a new socket already
// (RFC 1122, section 4.1.3.1; RFC 4443, section 3.1).
func (r Rules) unreachable(f capture.Frame) bool {
	toServer := func(server netip.AddrPort) bool { return server.Addr() == f.Destination.Addr() }
	return (f.Protocol == layers.LayerTypeICMPv4 && f.Type == layers.ICMPv4TypeDestinationUnreachable ||
		f.Protocol == layers.LayerTypeICMPv6 && f.Type == layers.ICMPv6TypeDestinationUnreachable) &&
		slices.ContainsFunc(r.UDP, toServer)
}

// lookup reports whether a frame asks for the name's addresses, and for nothing else.
func (r Rules) lookup(f capture.Frame) bool {
	if r.Name == "" || f.Protocol != layers.LayerTypeUDP || f.Destination != netip.AddrPortFrom(r.Resolver, 53) {
		return false
	}
	var asked dns.Msg
	if asked.Unpack(f.Payload) != nil || asked.Response || len(asked.Question) != 1 {
		return false
	}
	question := asked.Question[0]
	return dns.CanonicalName(question.Name) == dns.CanonicalName(r.Name) &&
		(question.Qtype == dns.TypeA || question.Qtype == dns.TypeAAAA)
}

// local reports whether a device sends a frame to be on a network.
func local(f capture.Frame) bool {
	switch f.Protocol {
	case layers.LayerTypeARP:
		return true
	case layers.LayerTypeICMPv6:
		return neighbourDiscovery(f.Type) || multicastReport(f.Type)
	case layers.LayerTypeUDP:
		// RFC 2131, section 4.1; RFC 8415, section 7.2.
		return f.Source.Port() == 68 && f.Destination.Port() == 67 ||
			f.Source.Port() == 546 && f.Destination.Port() == 547
	}
	return false
}

// neighbourDiscovery has the messages of RFC 4861, section 4.
func neighbourDiscovery(message uint8) bool {
	return message >= layers.ICMPv6TypeRouterSolicitation && message <= layers.ICMPv6TypeRedirect
}

// multicastReport has the messages of hosts in RFC 2710 and RFC 3810.
func multicastReport(message uint8) bool {
	return message == layers.ICMPv6TypeMLDv1MulticastListenerReportMessage ||
		message == layers.ICMPv6TypeMLDv1MulticastListenerDoneMessage ||
		message == layers.ICMPv6TypeMLDv2MulticastListenerReportMessageV2
}
