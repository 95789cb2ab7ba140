package capture

import (
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// Frame is an Ethernet frame, without its headers.
type Frame struct {
	Time time.Time // when it was read
	Sent bool      // by the host, not to it

	// Protocol is the innermost that this package reads: ARP, UDP, TCP, ICMPv4 or
	// ICMPv6. A frame with something else has the layer around it, IPv4, IPv6 or
	// Ethernet, and so has every fragment.
	Protocol gopacket.LayerType

	Source      netip.AddrPort // invalid unless it is IP; the port is zero unless it is UDP or TCP
	Destination netip.AddrPort
	Type        uint8  // of an ICMP or ICMPv6 message
	Sequence    uint32 // TCP's number of the payload's first byte
	Payload     []byte // of UDP and TCP
}

func (f Frame) String() string {
	if !f.Source.IsValid() {
		return f.Protocol.String()
	}
	switch f.Protocol {
	case layers.LayerTypeUDP, layers.LayerTypeTCP:
		return fmt.Sprintf("%s %s to %s, %d bytes", f.Protocol, f.Source, f.Destination, len(f.Payload))
	case layers.LayerTypeICMPv4, layers.LayerTypeICMPv6:
		return fmt.Sprintf("%s type %d %s to %s", f.Protocol, f.Type, f.Source.Addr(), f.Destination.Addr())
	}
	return fmt.Sprintf("%s %s to %s", f.Protocol, f.Source.Addr(), f.Destination.Addr())
}

// decoder reads frames. It is for one goroutine.
type decoder struct {
	parser  *gopacket.DecodingLayerParser
	decoded []gopacket.LayerType

	ethernet layers.Ethernet
	arp      layers.ARP
	ip4      layers.IPv4
	ip6      layers.IPv6
	icmp4    layers.ICMPv4
	icmp6    layers.ICMPv6
	udp      layers.UDP
	tcp      layers.TCP
}

func newDecoder() *decoder {
	d := &decoder{}
	d.parser = gopacket.NewDecodingLayerParser(layers.LayerTypeEthernet,
		&d.ethernet, &d.arp, &d.ip4, &d.ip6, &d.icmp4, &d.icmp6, &d.udp, &d.tcp)
	d.parser.IgnoreUnsupported = true
	return d
}

// decode reads a frame. A malformed one has the protocols that could be read.
func (d *decoder) decode(data []byte) Frame {
	d.parser.DecodeLayers(data, &d.decoded)
	var f Frame
	for _, layer := range d.decoded {
		f.Protocol = layer
		switch layer {
		case layers.LayerTypeIPv4:
			f.Source, f.Destination = portless(d.ip4.SrcIP), portless(d.ip4.DstIP)
		case layers.LayerTypeIPv6:
			f.Source, f.Destination = portless(d.ip6.SrcIP), portless(d.ip6.DstIP)
		case layers.LayerTypeICMPv4:
			f.Type = d.icmp4.TypeCode.Type()
		case layers.LayerTypeICMPv6:
			f.Type = d.icmp6.TypeCode.Type()
		case layers.LayerTypeUDP:
			f.transport(uint16(d.udp.SrcPort), uint16(d.udp.DstPort), d.udp.Payload)
		case layers.LayerTypeTCP:
			f.transport(uint16(d.tcp.SrcPort), uint16(d.tcp.DstPort), d.tcp.Payload)
			f.Sequence = d.tcp.Seq
			if d.tcp.SYN {
				f.Sequence++ // a SYN has a number of its own (RFC 9293, section 3.4)
			}
		}
	}
	return f
}

func portless(ip net.IP) netip.AddrPort {
	address, _ := netip.AddrFromSlice(ip)
	return netip.AddrPortFrom(address, 0)
}

func (f *Frame) transport(source, destination uint16, payload []byte) {
	f.Source = netip.AddrPortFrom(f.Source.Addr(), source)
	f.Destination = netip.AddrPortFrom(f.Destination.Addr(), destination)
	f.Payload = append([]byte(nil), payload...)
}
