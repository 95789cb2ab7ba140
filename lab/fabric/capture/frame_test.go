package capture

import (
	"net"
	"net/netip"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/stretchr/testify/require"
)

func serialize(t *testing.T, parts ...gopacket.SerializableLayer) []byte {
	t.Helper()
	for _, part := range parts {
		if transport, ok := part.(interface {
			SetNetworkLayerForChecksum(gopacket.NetworkLayer) error
		}); ok {
			require.NoError(t, transport.SetNetworkLayerForChecksum(parts[1].(gopacket.NetworkLayer)))
		}
	}
	buffer := gopacket.NewSerializeBuffer()
	options := gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}
	require.NoError(t, gopacket.SerializeLayers(buffer, options, parts...))
	return buffer.Bytes()
}

func ethernet(holds layers.EthernetType) *layers.Ethernet {
	mac := net.HardwareAddr{2, 0, 0, 0, 0, 1}
	return &layers.Ethernet{SrcMAC: mac, DstMAC: mac, EthernetType: holds}
}

func ip4(holds layers.IPProtocol) *layers.IPv4 {
	return &layers.IPv4{Version: 4, TTL: 64, Protocol: holds, SrcIP: net.IP{198, 51, 100, 2}, DstIP: net.IP{203, 0, 113, 16}}
}

func ip6(holds layers.IPProtocol) *layers.IPv6 {
	return &layers.IPv6{Version: 6, HopLimit: 64, NextHeader: holds, SrcIP: net.ParseIP("2001:db8::2"), DstIP: net.ParseIP("2001:db8::80")}
}

func endpoint(text string) netip.AddrPort { return netip.MustParseAddrPort(text) }

func TestDecode(t *testing.T) {
	fragment := ip4(layers.IPProtocolUDP)
	fragment.FragOffset = 185
	udp := &layers.UDP{SrcPort: 4711, DstPort: 1194}
	for name, test := range map[string]struct {
		frame []gopacket.SerializableLayer
		want  Frame
		text  string
	}{
		"UDP over IPv4": {
			[]gopacket.SerializableLayer{ethernet(layers.EthernetTypeIPv4), ip4(layers.IPProtocolUDP), udp, gopacket.Payload("hello")},
			Frame{Protocol: layers.LayerTypeUDP, Source: endpoint("198.51.100.2:4711"), Destination: endpoint("203.0.113.16:1194"), Payload: []byte("hello")},
			"UDP 198.51.100.2:4711 to 203.0.113.16:1194, 5 bytes",
		},
		"UDP over IPv6": {
			[]gopacket.SerializableLayer{ethernet(layers.EthernetTypeIPv6), ip6(layers.IPProtocolUDP), udp, gopacket.Payload("hello")},
			Frame{Protocol: layers.LayerTypeUDP, Source: endpoint("[2001:db8::2]:4711"), Destination: endpoint("[2001:db8::80]:1194"), Payload: []byte("hello")},
			"UDP [2001:db8::2]:4711 to [2001:db8::80]:1194, 5 bytes",
		},
		"the start of a TCP connection": {
			[]gopacket.SerializableLayer{ethernet(layers.EthernetTypeIPv4), ip4(layers.IPProtocolTCP), &layers.TCP{SrcPort: 4711, DstPort: 443, Seq: 7, SYN: true}},
			Frame{Protocol: layers.LayerTypeTCP, Source: endpoint("198.51.100.2:4711"), Destination: endpoint("203.0.113.16:443"), Sequence: 8},
			"TCP 198.51.100.2:4711 to 203.0.113.16:443, 0 bytes",
		},
		"data of a TCP connection": {
			[]gopacket.SerializableLayer{ethernet(layers.EthernetTypeIPv4), ip4(layers.IPProtocolTCP), &layers.TCP{SrcPort: 4711, DstPort: 443, Seq: 8, ACK: true}, gopacket.Payload("hello")},
			Frame{Protocol: layers.LayerTypeTCP, Source: endpoint("198.51.100.2:4711"), Destination: endpoint("203.0.113.16:443"), Sequence: 8, Payload: []byte("hello")},
			"TCP 198.51.100.2:4711 to 203.0.113.16:443, 5 bytes",
		},
		"ICMP": {
			[]gopacket.SerializableLayer{ethernet(layers.EthernetTypeIPv4), ip4(layers.IPProtocolICMPv4), &layers.ICMPv4{TypeCode: layers.CreateICMPv4TypeCode(3, 1)}},
			Frame{Protocol: layers.LayerTypeICMPv4, Source: endpoint("198.51.100.2:0"), Destination: endpoint("203.0.113.16:0"), Type: 3},
			"ICMPv4 type 3 198.51.100.2 to 203.0.113.16",
		},
		"ARP": {
			[]gopacket.SerializableLayer{ethernet(layers.EthernetTypeARP), &layers.ARP{
				AddrType: layers.LinkTypeEthernet, Protocol: layers.EthernetTypeIPv4, Operation: layers.ARPRequest,
				SourceHwAddress: make([]byte, 6), SourceProtAddress: make([]byte, 4), DstHwAddress: make([]byte, 6), DstProtAddress: make([]byte, 4),
			}},
			Frame{Protocol: layers.LayerTypeARP},
			"ARP",
		},
		"a fragment, which has no ports": {
			[]gopacket.SerializableLayer{ethernet(layers.EthernetTypeIPv4), fragment, gopacket.Payload("the rest of a datagram")},
			Frame{Protocol: layers.LayerTypeIPv4, Source: endpoint("198.51.100.2:0"), Destination: endpoint("203.0.113.16:0")},
			"IPv4 198.51.100.2 to 203.0.113.16",
		},
		"another protocol over IPv6": {
			[]gopacket.SerializableLayer{ethernet(layers.EthernetTypeIPv6), ip6(layers.IPProtocolGRE), gopacket.Payload("something")},
			Frame{Protocol: layers.LayerTypeIPv6, Source: endpoint("[2001:db8::2]:0"), Destination: endpoint("[2001:db8::80]:0")},
			"IPv6 2001:db8::2 to 2001:db8::80",
		},
		"neither ARP nor IP": {
			[]gopacket.SerializableLayer{ethernet(layers.EthernetTypeLinkLayerDiscovery), gopacket.Payload("something")},
			Frame{Protocol: layers.LayerTypeEthernet},
			"Ethernet",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := newDecoder().decode(serialize(t, test.frame...))
			require.Equal(t, test.want, got)
			require.Equal(t, test.text, got.String())
		})
	}
}

// TestDecodeMulticastReport has the bytes of a report as Linux sends it: behind a
// hop-by-hop header (RFC 3810, section 5).
func TestDecodeMulticastReport(t *testing.T) {
	data := serialize(t, ethernet(layers.EthernetTypeIPv6), ip6(layers.IPProtocolIPv6HopByHop), gopacket.Payload{
		58, 0, 5, 2, 0, 0, 1, 0, // next header, length, router alert, padding
		143, 0, 0, 0, 0, 0, 0, 1, // type, code, checksum, reserved, one record
		4, 0, 0, 0, 0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0, 0, 2,
	})
	got := newDecoder().decode(data)
	require.Equal(t, layers.LayerTypeICMPv6, got.Protocol)
	require.EqualValues(t, 143, got.Type)
}

// TestDecodeForgetsTheFrameBefore has a frame that is cut off after one that is not.
func TestDecodeForgetsTheFrameBefore(t *testing.T) {
	whole := serialize(t, ethernet(layers.EthernetTypeIPv4), ip4(layers.IPProtocolUDP), &layers.UDP{SrcPort: 4711, DstPort: 1194}, gopacket.Payload("hello"))
	decoder := newDecoder()
	before := decoder.decode(whole)
	require.Equal(t, layers.LayerTypeIPv4, decoder.decode(whole[:14+20+4]).Protocol)
	require.Equal(t, layers.LayerTypeEthernet, decoder.decode(whole[:14]).Protocol)
	require.Empty(t, decoder.decode(whole[:5]))
	clear(whole)
	require.Equal(t, "hello", string(before.Payload), "it is a copy")
}
