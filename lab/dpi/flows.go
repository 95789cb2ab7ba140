package dpi

import (
	"encoding/binary"
	"net/netip"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"tripvpn/lab/fabric/capture"
)

// Endpoints tell a device's flows apart.
type Endpoints struct {
	Protocol       gopacket.LayerType // UDP or TCP
	Client, Server netip.AddrPort
}

// Flows returns the flows that a device has opened. Every flow of the recording must
// have begun in it, and none of the device's ports may have been used twice.
func Flows(frames []capture.Frame) map[Endpoints]Flow {
	sides := map[Endpoints]*[2][]capture.Frame{}
	for _, f := range frames {
		if f.Protocol != layers.LayerTypeUDP && f.Protocol != layers.LayerTypeTCP || len(f.Payload) == 0 {
			continue
		}
		at, side := Endpoints{f.Protocol, f.Source, f.Destination}, 0
		if !f.Sent {
			at, side = Endpoints{f.Protocol, f.Destination, f.Source}, 1
		}
		if sides[at] == nil {
			sides[at] = &[2][]capture.Frame{}
		}
		sides[at][side] = append(sides[at][side], f)
	}
	flows := map[Endpoints]Flow{}
	for at, side := range sides {
		flows[at] = Flow{packets(at.Protocol, side[0]), packets(at.Protocol, side[1])}
	}
	return flows
}

func packets(protocol gopacket.LayerType, frames []capture.Frame) [][]byte {
	if protocol == layers.LayerTypeTCP {
		return Split(stream(frames))
	}
	var datagrams [][]byte
	for _, f := range frames {
		datagrams = append(datagrams, f.Payload)
	}
	return datagrams
}

// stream joins the segments of one direction, which may have been repeated. It ends
// where one is missing.
func stream(segments []capture.Frame) []byte {
	var joined []byte
	for _, s := range segments {
		// Sequence numbers wrap around (RFC 9293, section 3.4).
		gap := int(int32(s.Sequence-segments[0].Sequence)) - len(joined)
		if gap > 0 {
			break
		}
		if known := -gap; known < len(s.Payload) {
			joined = append(joined, s.Payload[known:]...)
		}
	}
	return joined
}

// Split returns the packets in one direction of an OpenVPN connection over TCP: before
// each is its length, 16 bits. A packet without its end is left out.
func Split(stream []byte) [][]byte {
	var packets [][]byte
	for len(stream) >= 2 {
		end := 2 + int(binary.BigEndian.Uint16(stream))
		if end > len(stream) {
			break
		}
		packets = append(packets, stream[2:end])
		stream = stream[end:]
	}
	return packets
}
