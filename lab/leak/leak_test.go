package leak

import (
	"net/netip"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/miekg/dns"
	"github.com/stretchr/testify/require"

	"tripvpn/lab/fabric/capture"
)

func at(text string) netip.AddrPort { return netip.MustParseAddrPort(text) }

// byAddress are the rules of a profile with addresses, byName of one with a domain.
var (
	byAddress = Rules{
		UDP: []netip.AddrPort{at("203.0.113.16:1194"), at("[2001:db8:1::4]:1194")},
		TCP: []netip.AddrPort{at("203.0.113.16:443")},
	}
	byName = Rules{
		UDP: byAddress.UDP, TCP: byAddress.TCP,
		Name: "vpn.example.org", Resolver: netip.MustParseAddr("192.0.2.53"),
	}
)

func sent(protocol gopacket.LayerType, source, destination string) capture.Frame {
	return capture.Frame{Sent: true, Protocol: protocol, Source: at(source), Destination: at(destination)}
}

func udp(destination string) capture.Frame {
	return sent(layers.LayerTypeUDP, "198.51.100.2:4711", destination)
}

func tcp(destination string) capture.Frame {
	return sent(layers.LayerTypeTCP, "198.51.100.2:4711", destination)
}

func icmp6(message uint8) capture.Frame {
	f := sent(layers.LayerTypeICMPv6, "[2001:db8::2]:0", "[2001:db8:1::4]:0")
	f.Type = message
	return f
}

func icmp4(message uint8, destination string) capture.Frame {
	f := sent(layers.LayerTypeICMPv4, "198.51.100.2:0", destination)
	f.Type = message
	return f
}

func query(t *testing.T, name string, kind uint16) capture.Frame {
	t.Helper()
	message, err := new(dns.Msg).SetQuestion(name, kind).Pack()
	require.NoError(t, err)
	f := udp("192.0.2.53:53")
	f.Payload = message
	return f
}

func TestWhatMayLeave(t *testing.T) {
	for name, f := range map[string]capture.Frame{
		"UDP to a server":                     udp("203.0.113.16:1194"),
		"UDP to a server over IPv6":           udp("[2001:db8:1::4]:1194"),
		"TCP to a server":                     tcp("203.0.113.16:443"),
		"unreachable, to a server":            icmp4(3, "203.0.113.16:0"),
		"unreachable, to a server over IPv6":  icmp6(1),
		"ARP":                                 {Sent: true, Protocol: layers.LayerTypeARP},
		"router solicitation":                 icmp6(133),
		"neighbour solicitation":              icmp6(135),
		"neighbour advertisement":             icmp6(136),
		"multicast report, version 1":         icmp6(131),
		"multicast done":                      icmp6(132),
		"multicast report, version 2":         icmp6(143),
		"DHCP":                                sent(layers.LayerTypeUDP, "0.0.0.0:68", "255.255.255.255:67"),
		"DHCPv6":                              sent(layers.LayerTypeUDP, "[fe80::2]:546", "[ff02::1:2]:547"),
		"a frame from anywhere to the device": {Protocol: layers.LayerTypeUDP, Source: at("192.0.2.80:9"), Destination: at("198.51.100.2:4711")},
	} {
		require.Empty(t, byAddress.Leaks([]capture.Frame{f}), name)
	}
	for _, kind := range []uint16{dns.TypeA, dns.TypeAAAA} {
		require.Empty(t, byName.Leaks([]capture.Frame{query(t, "VPN.example.org.", kind)}))
	}
}

func TestWhatLeaks(t *testing.T) {
	answer := query(t, "vpn.example.org.", dns.TypeA)
	answer.Payload[2] |= 0x80 // the QR bit (RFC 1035, section 4.1.1)
	two := query(t, "vpn.example.org.", dns.TypeA)
	both := new(dns.Msg).SetQuestion("vpn.example.org.", dns.TypeA)
	both.Question = append(both.Question, dns.Question{Name: "example.org.", Qtype: dns.TypeA, Qclass: dns.ClassINET})
	var err error
	two.Payload, err = both.Pack()
	require.NoError(t, err)
	elsewhere := query(t, "vpn.example.org.", dns.TypeA)
	elsewhere.Destination = at("198.51.100.1:53")
	overTCP := tcp("192.0.2.53:53")
	overTCP.Payload = query(t, "vpn.example.org.", dns.TypeA).Payload
	for name, f := range map[string]capture.Frame{
		"UDP to anyone else":                    udp("192.0.2.80:9"),
		"TCP to anyone else":                    tcp("[2001:db8:0:80::80]:80"),
		"another port of a server":              udp("203.0.113.16:53"),
		"the port of the other protocol":        udp("203.0.113.16:443"),
		"TCP to the UDP port":                   tcp("203.0.113.16:1194"),
		"a ping":                                icmp4(8, "203.0.113.16:0"),
		"unreachable, to anyone else":           icmp4(3, "192.0.2.80:0"),
		"a ping over IPv6":                      icmp6(128),
		"a multicast query, which routers send": icmp6(130),
		"a fragment":                            sent(layers.LayerTypeIPv4, "198.51.100.2:0", "203.0.113.16:0"),
		"something unknown":                     {Sent: true, Protocol: layers.LayerTypeEthernet},
		"to DHCP's port from another":           udp("192.0.2.80:67"),
		"the lookup of another name":            query(t, "example.org.", dns.TypeA),
		"the lookup of a name below":            query(t, "www.vpn.example.org.", dns.TypeA),
		"another lookup of the name":            query(t, "vpn.example.org.", dns.TypeTXT),
		"a lookup elsewhere":                    elsewhere,
		"a lookup over TCP":                     overTCP,
		"an answer":                             answer,
		"two questions":                         two,
		"no DNS at the resolver's port":         udp("192.0.2.53:53"),
	} {
		require.Len(t, byName.Leaks([]capture.Frame{f}), 1, name)
	}
	require.Len(t, byAddress.Leaks([]capture.Frame{query(t, "vpn.example.org.", dns.TypeA)}), 1, "no name, no lookup")
}

func TestCheckNamesExamples(t *testing.T) {
	tunnel := udp("203.0.113.16:1194")
	require.NoError(t, byAddress.Check([]capture.Frame{tunnel}))

	leaks := []capture.Frame{tunnel}
	for i, destination := range []string{"192.0.2.1:9", "192.0.2.2:9", "192.0.2.1:9", "192.0.2.3:9", "192.0.2.4:9", "192.0.2.5:9", "192.0.2.6:9", "192.0.2.7:9"} {
		f := udp(destination)
		f.Time = time.Date(2026, 12, 24, 18, 0, i, 0, time.UTC)
		leaks = append(leaks, f)
	}
	require.EqualError(t, byAddress.Check(leaks), `8 frames left beside the tunnel:
18:00:00.000 UDP 198.51.100.2:4711 to 192.0.2.1:9, 0 bytes (frames of this kind: 2)
18:00:01.000 UDP 198.51.100.2:4711 to 192.0.2.2:9, 0 bytes (frames of this kind: 1)
18:00:03.000 UDP 198.51.100.2:4711 to 192.0.2.3:9, 0 bytes (frames of this kind: 1)
18:00:04.000 UDP 198.51.100.2:4711 to 192.0.2.4:9, 0 bytes (frames of this kind: 1)
18:00:05.000 UDP 198.51.100.2:4711 to 192.0.2.5:9, 0 bytes (frames of this kind: 1)
and 2 other kinds`)
}

func TestCheckNeedsATunnel(t *testing.T) {
	arrived := udp("203.0.113.16:1194")
	arrived.Sent = false
	for _, frames := range [][]capture.Frame{nil, {{Sent: true, Protocol: layers.LayerTypeARP}}, {arrived}} {
		require.ErrorIs(t, byAddress.Check(frames), errNoTunnel)
	}
}
