package e2e

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/fabric"
)

// leavesTranslated sends segments without a connection through the tunnel. The
// kernel tracks most of them as INVALID, and does not translate INVALID packets.
func (c *trip) leavesTranslated(t *testing.T) {
	session, err := c.traveller.Connect(profilePath)
	require.NoError(t, err)
	require.NoError(t, session.AwaitConnected(within(t, 30*time.Second)))
	t.Run("IPv4", func(t *testing.T) { c.sendsBareSegments(t, fabric.Web, "4") })
	t.Run("IPv6", func(t *testing.T) { c.sendsBareSegments(t, fabric.Web6, "6") })
	require.NoError(t, session.Disconnect(within(t, 20*time.Second)))
}

// bareSegments are TCP segments without a connection, by their flags (RFC
// 9293, section 3.1).
var bareSegments = map[byte]string{
	0x00: "NULL", 0x01: "FIN", 0x03: "SYN+FIN", 0x04: "RST", 0x06: "SYN+RST", 0x10: "ACK", 0x11: "FIN+ACK",
	0x12: "SYN+ACK", 0x14: "RST+ACK", 0x29: "FIN+PSH+URG", 0x3f: "all of them",
}

// sendsBareSegments sends the segments to an address beyond the server, and then a
// datagram. Every segment that leaves the server leaves before the datagram.
func (c *trip) sendsBareSegments(t *testing.T, to netip.Addr, family string) {
	tunnel, outer := c.capture(t, "tripvpn0"), c.capture(t, "ens5")
	raw, err := c.traveller.Dial(t.Context(), "ip"+family+":tcp", to.String())
	require.NoError(t, err)
	defer raw.Close()
	address, err := netip.ParseAddr(raw.LocalAddr().String())
	require.NoError(t, err)
	for flags := range bareSegments {
		_, err := raw.Write(segment(netip.AddrPortFrom(address, 40000+uint16(flags)), netip.AddrPortFrom(to, 80), flags))
		require.NoError(t, err)
	}
	last := netip.AddrPortFrom(to, 9) // discard
	datagram, err := c.traveller.Dial(t.Context(), "udp", last.String())
	require.NoError(t, err)
	defer datagram.Close()
	_, err = datagram.Write([]byte("the last one"))
	require.NoError(t, err)
	tunnel.await(t, last)
	outer.await(t, last)

	arrived := map[byte]string{}
	for _, p := range tunnel.seen() {
		if p.protocol == protocolTCP && p.from.Addr() == address && p.to.Addr() == to {
			arrived[p.flags] = bareSegments[p.flags]
		}
	}
	require.Equal(t, bareSegments, arrived, "segments out of the tunnel")
	for _, p := range outer.seen() {
		require.NotEqual(t, address, p.from.Addr(), "%s left the server untranslated", p)
	}
}

// segment is a TCP header with a right checksum and no payload.
func segment(from, to netip.AddrPort, flags byte) []byte {
	header := make([]byte, 20)
	binary.BigEndian.PutUint32(header[4:], 1000)
	binary.BigEndian.PutUint32(header[8:], 2000)
	header[12], header[13] = 5<<4, flags
	binary.BigEndian.PutUint16(header[14:], 1024)
	return sealed(protocolTCP, from, to, header, 16)
}

// datagram is a UDP header with a right checksum, and a payload (RFC 768).
func datagram(from, to netip.AddrPort, payload []byte) []byte {
	text := append(make([]byte, 8), payload...)
	binary.BigEndian.PutUint16(text[4:], uint16(len(text)))
	return sealed(protocolUDP, from, to, text, 6)
}

// sealed fills in the ports, which come first in TCP and UDP, and the checksum.
func sealed(protocol byte, from, to netip.AddrPort, text []byte, checksumAt int) []byte {
	binary.BigEndian.PutUint16(text[0:], from.Port())
	binary.BigEndian.PutUint16(text[2:], to.Port())
	pseudo := append(from.Addr().AsSlice(), to.Addr().AsSlice()...)
	pseudo = append(pseudo, 0, protocol, byte(len(text)>>8), byte(len(text)))
	binary.BigEndian.PutUint16(text[checksumAt:], checksum(append(pseudo, text...)))
	return text
}

// checksum is the Internet checksum (RFC 1071).
func checksum(data []byte) uint16 {
	if len(data)%2 != 0 {
		data = append(data, 0)
	}
	var sum uint32
	for ; len(data) > 0; data = data[2:] {
		sum += uint32(binary.BigEndian.Uint16(data))
	}
	for sum > 0xffff {
		sum = sum&0xffff + sum>>16
	}
	return ^uint16(sum)
}

// IANA's protocol numbers.
const (
	protocolTCP = 6
	protocolUDP = 17
)

// packet has a packet's examined fields: ports of TCP and UDP, flags of TCP.
type packet struct {
	protocol byte
	from, to netip.AddrPort
	flags    byte
}

func (p packet) String() string {
	return fmt.Sprintf("a packet from %s to %s, protocol %d, TCP flags %#02x", p.from, p.to, p.protocol, p.flags)
}

// parse reads an IPv4 packet, or an IPv6 packet without extension headers.
func parse(data []byte) packet {
	var p packet
	var from, to, payload []byte
	switch {
	case len(data) >= 20 && data[0]>>4 == 4:
		p.protocol, from, to, payload = data[9], data[12:16], data[16:20], data[min(len(data), int(data[0]&15)*4):]
	case len(data) >= 40 && data[0]>>4 == 6:
		p.protocol, from, to, payload = data[6], data[8:24], data[24:40], data[40:]
	default:
		return p
	}
	var fromPort, toPort uint16
	if len(payload) >= 4 && (p.protocol == protocolTCP || p.protocol == protocolUDP) {
		fromPort, toPort = binary.BigEndian.Uint16(payload), binary.BigEndian.Uint16(payload[2:])
	}
	if len(payload) >= 14 && p.protocol == protocolTCP {
		p.flags = payload[13]
	}
	fromAddr, _ := netip.AddrFromSlice(from)
	toAddr, _ := netip.AddrFromSlice(to)
	p.from, p.to = netip.AddrPortFrom(fromAddr, fromPort), netip.AddrPortFrom(toAddr, toPort)
	return p
}

// hostCapture records the packets on a device of the host, until the test ends.
type hostCapture struct {
	mu      sync.Mutex
	packets []packet
}

func (c *hostCapture) seen() []packet {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.packets)
}

// await waits for a datagram.
func (c *hostCapture) await(t *testing.T, to netip.AddrPort) {
	t.Helper()
	eventually(t, 10*time.Second, func() error {
		if slices.ContainsFunc(c.seen(), func(p packet) bool { return p.protocol == protocolUDP && p.to == to }) {
			return nil
		}
		return fmt.Errorf("no datagram to %s", to)
	})
}

// capturing prints every packet of a device, in and out, from its IP header on
// (packet(7)). The host has Python because cloud-init needs it.
const capturing = `
import socket, sys
everything = 3 # ETH_P_ALL
packets = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(everything))
packets.bind((sys.argv[1], everything))
print(flush=True)
while True:
    print(packets.recv(65535).hex(), flush=True)
`

// capture starts to record the packets of a device, and returns once it records.
func (c *trip) capture(t *testing.T, device string) *hostCapture {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	command := c.host(t).Command(ctx, "python3", "-c", capturing, device)
	output, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	lines, noted, ended := bufio.NewScanner(output), &hostCapture{}, make(chan struct{})
	lines.Buffer(nil, 1<<18) // a packet of 64 KiB in hexadecimal
	require.True(t, lines.Scan(), "nothing can be captured on %q", device)
	go func() {
		defer close(ended)
		for lines.Scan() {
			data, _ := hex.DecodeString(lines.Text()) // a killed program may leave part of a line
			noted.mu.Lock()
			noted.packets = append(noted.packets, parse(data))
			noted.mu.Unlock()
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
		_ = command.Wait() // it was killed
	})
	return noted
}
