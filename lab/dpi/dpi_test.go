package dpi

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"slices"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/miekg/dns"
	"github.com/stretchr/testify/require"

	"tripvpn/lab/fabric/capture"
)

// with makes packets that begin with opcodes, and a key ID that is not zero.
func with(opcodes ...byte) [][]byte {
	var packets [][]byte
	for _, opcode := range opcodes {
		packets = append(packets, append([]byte{opcode<<3 | 1}, "session and ciphertext"...))
	}
	return packets
}

func TestOpenVPNIsRecognized(t *testing.T) {
	for name, f := range map[string]Flow{
		"tls-crypt and tls-auth":    {with(7, 5, 4, 4, 9, 9), with(8, 4, 5, 9)},
		"tls-crypt-v2":              {with(10, 5, 4, 9), with(8, 4, 9)},
		"tls-crypt-v2 with cookies": {with(10, 11, 5, 4, 9), with(8, 5, 4, 9)},
		"a first packet that was lost, and one that came twice": {with(10, 10, 4, 9), with(8, 8, 4, 9)},
		"old data packets, and new keys":                        {with(7, 5, 4, 6, 3, 4), with(8, 4, 6, 3)},
	} {
		require.True(t, IsOpenVPN(f), name)
	}
}

func TestOpcodesOfOthersAreNot(t *testing.T) {
	for name, f := range map[string]Flow{
		"nothing":                        {},
		"an empty packet":                {[][]byte{{}}, [][]byte{{}}},
		"no answer":                      {with(10, 10, 10), nil},
		"an answer without a question":   {nil, with(8, 4, 5)},
		"too little to tell":             {with(10, 4), with(8)},
		"only resets":                    {with(7, 10), with(8)},
		"not from the beginning":         {with(4, 5, 9, 3), with(4, 5, 9)},
		"a server that does not answer":  {with(7, 4, 5, 9), nil},
		"a client that did not begin":    {with(4, 5, 9), with(8, 4, 5, 9)},
		"both sides begin like a client": {with(7, 4, 5, 9), with(7, 4, 5, 9)},
		"a client's reset in between":    {with(7, 4, 5, 9, 7), with(8, 4, 5, 9)},
		"a server's reset in between":    {with(7, 4, 5, 9), with(8, 4, 5, 8)},
		"the reset of the other side":    {with(7, 8, 4, 5), with(8, 4, 5, 9)},
		"an opcode that does not exist":  {with(7, 4, 5, 9), with(8, 4, 5, 12)},
		"a packet without an opcode":     {append(with(7, 4, 5, 9), nil), with(8, 4, 5, 9)},
	} {
		require.False(t, IsOpenVPN(f), name)
	}
}

// TestDNSIsNot has lookups of one socket whose IDs begin like OpenVPN's packets, so that
// the questions alone would be taken for it. Answers have the IDs of their questions.
func TestDNSIsNot(t *testing.T) {
	var f Flow
	for _, opcode := range []byte{10, 5, 4, 9} {
		question := new(dns.Msg).SetQuestion("example.org.", dns.TypeA)
		question.Id = uint16(opcode) << 11
		asked, err := question.Pack()
		require.NoError(t, err)
		answered, err := new(dns.Msg).SetReply(question).Pack()
		require.NoError(t, err)
		f.Client, f.Server = append(f.Client, asked), append(f.Server, answered)
	}
	require.False(t, IsOpenVPN(f))
	require.True(t, IsOpenVPN(Flow{f.Client, with(8, 4, 5)}), "the answers tell")
}

// TestTLSIsNot has the first flight of crypto/tls.
func TestTLSIsNot(t *testing.T) {
	ours, theirs := net.Pipe()
	go func() {
		tls.Client(ours, &tls.Config{ServerName: "example.org"}).Handshake()
	}()
	t.Cleanup(func() { require.NoError(t, ours.Close()) })
	header := make([]byte, 5)
	_, err := io.ReadFull(theirs, header)
	require.NoError(t, err)
	hello := make([]byte, binary.BigEndian.Uint16(header[3:]))
	_, err = io.ReadFull(theirs, hello)
	require.NoError(t, err)
	hello = append(header, hello...)
	require.EqualValues(t, 0x16, hello[0])

	require.False(t, IsOpenVPN(Flow{[][]byte{hello}, [][]byte{hello}}))
	// The version where OpenVPN has a length makes packets of 5,635 bytes.
	long := bytes.Repeat(hello, 100)
	require.NotEmpty(t, Split(long))
	require.False(t, IsOpenVPN(Flow{Split(long), Split(long)}))
	require.False(t, IsOpenVPN(Flow{Split(long), with(8, 4, 5, 9)}), "not even with OpenVPN's answers")
}

// TestQUICIsNot has the first bytes of RFC 9000: long headers (section 17.2) for initial,
// 0-RTT and handshake packets, and every short header (section 17.3).
func TestQUICIsNot(t *testing.T) {
	long := [][]byte{{0xc3, 0, 0, 0, 1}, {0xd1, 0, 0, 0, 1}, {0xe2, 0, 0, 0, 1}}
	require.False(t, IsOpenVPN(Flow{long, long}))
	var short [][]byte
	for first := 0x40; first <= 0x7f; first++ {
		short = append(short, []byte{byte(first), 1, 2, 3})
	}
	require.False(t, IsOpenVPN(Flow{append(slices.Clone(long), short...), append(slices.Clone(long), short...)}))
	require.False(t, IsOpenVPN(Flow{short, short}), "not even without the beginning")
}

func framed(packets [][]byte) []byte {
	var stream []byte
	for _, packet := range packets {
		stream = binary.BigEndian.AppendUint16(stream, uint16(len(packet)))
		stream = append(stream, packet...)
	}
	return stream
}

func TestSplit(t *testing.T) {
	packets := with(7, 4, 5, 9)
	stream := framed(packets)
	require.Equal(t, packets, Split(stream))
	require.Equal(t, packets[:3], Split(stream[:len(stream)-1]), "the last one is not complete")
	require.Equal(t, packets, Split(append(stream, 1)))
	require.Empty(t, Split(nil))
}

var (
	client = netip.MustParseAddrPort("198.51.100.2:4711")
	server = netip.MustParseAddrPort("203.0.113.16:443")
)

func frame(protocol gopacket.LayerType, sent bool, sequence uint32, payload []byte) capture.Frame {
	f := capture.Frame{Sent: sent, Protocol: protocol, Source: client, Destination: server, Sequence: sequence, Payload: payload}
	if !sent {
		f.Source, f.Destination = server, client
	}
	return f
}

func TestFlowsOfDatagrams(t *testing.T) {
	f := Flow{with(7, 4, 5, 9), with(8, 4, 5, 9)}
	var frames []capture.Frame
	for i := range f.Client {
		frames = append(frames, frame(layers.LayerTypeUDP, true, 0, f.Client[i]), frame(layers.LayerTypeUDP, false, 0, f.Server[i]))
	}
	other := frame(layers.LayerTypeUDP, true, 0, []byte("other"))
	other.Source = netip.AddrPortFrom(client.Addr(), 4712)
	frames = append(frames, other, capture.Frame{Sent: true, Protocol: layers.LayerTypeARP})
	require.Equal(t, map[Endpoints]Flow{
		{layers.LayerTypeUDP, client, server}:       f,
		{layers.LayerTypeUDP, other.Source, server}: {Client: [][]byte{[]byte("other")}},
	}, Flows(frames))
}

// TestFlowsOfConnections cuts streams into segments that are not packets, across the
// wrap of sequence numbers, with one that is repeated in part.
func TestFlowsOfConnections(t *testing.T) {
	f := Flow{with(7, 4, 5, 9), with(8, 4, 5, 9)}
	sent, received := framed(f.Client), framed(f.Server)
	const first = 1<<32 - 20
	segment := func(outgoing bool, stream []byte, from, to uint32) capture.Frame {
		return frame(layers.LayerTypeTCP, outgoing, first+from, stream[from:to])
	}
	end := uint32(len(sent))
	frames := []capture.Frame{
		frame(layers.LayerTypeTCP, true, first, nil),
		segment(true, sent, 0, 30), segment(false, received, 0, 1), segment(true, sent, 10, 40), segment(true, sent, 0, 5),
		segment(true, sent, 40, end), segment(false, received, 1, end),
	}
	require.Equal(t, map[Endpoints]Flow{{layers.LayerTypeTCP, client, server}: f}, Flows(frames))

	hole := slices.Delete(slices.Clone(frames), 3, 4)
	require.Equal(t, f.Client[:1], Flows(hole)[Endpoints{layers.LayerTypeTCP, client, server}].Client, "up to the hole")
}
