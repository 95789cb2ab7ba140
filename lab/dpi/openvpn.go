// Package dpi recognizes OpenVPN as a network that inspects traffic can: by the opcodes,
// which are in the clear with every kind of control channel. It is pure: it uses no
// socket or clock.
//
// The method is the passive one of "OpenVPN is Open to VPN Fingerprinting" (USENIX
// Security 2022, section 5): resets open a flow and do not come back, and at least four
// opcodes occur. Differences from that paper: it looks for the opcodes' real values,
// because nothing obfuscates them here; it needs the flow from its first packet; it does
// not look at sizes, and does not probe servers.
package dpi

import "slices"

// Flow is one UDP exchange or one TCP connection, from its first packet.
type Flow struct {
	Client [][]byte // packets of the side that opened it: datagrams, or Split's
	Server [][]byte
}

// Opcodes (OpenVPN's src/openvpn/ssl_pkt.h).
const (
	softReset      = 3 // of keys, later in a connection
	control        = 4
	ack            = 5
	dataV1         = 6
	resetClientV2  = 7
	resetServerV2  = 8
	dataV2         = 9
	resetClientV3  = 10 // with tls-crypt-v2
	controlWithKey = 11 // repeats the key of resetClientV3
)

var established = []byte{softReset, control, ack, dataV1, dataV2, controlWithKey}

// enough is the number of different opcodes that a handshake has at least.
const enough = 4

// IsOpenVPN reports whether a flow has the opcodes of an OpenVPN connection.
func IsOpenVPN(f Flow) bool {
	client, server := opcodes(f.Client), opcodes(f.Server)
	return follows(client, resetClientV2, resetClientV3) && follows(server, resetServerV2) &&
		different(append(client, server...)) >= enough
}

// opcodes has the opcode of each packet: the first byte, above three bits of key ID. An
// empty packet has zero, which is no opcode.
func opcodes(packets [][]byte) []byte {
	all := make([]byte, len(packets))
	for i, packet := range packets {
		if len(packet) > 0 {
			all[i] = packet[0] >> 3
		}
	}
	return all
}

// follows reports whether one side begins with a reset, which it may repeat until there
// is an answer, and continues with what is sent in an established connection.
func follows(opcodes []byte, resets ...byte) bool {
	opening := 0
	for opening < len(opcodes) && slices.Contains(resets, opcodes[opening]) {
		opening++
	}
	other := func(opcode byte) bool { return !slices.Contains(established, opcode) }
	return opening > 0 && !slices.ContainsFunc(opcodes[opening:], other)
}

func different(opcodes []byte) int {
	slices.Sort(opcodes)
	return len(slices.Compact(opcodes))
}
