package controlchannel

import (
	"bytes"
	"crypto"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Opcodes in a packet's first byte, above three bits of key id (ssl_pkt.h).
const (
	controlV1         = 4 << 3
	ackV1             = 5 << 3
	hardResetClientV2 = 7 << 3
	hardResetServerV2 = 8 << 3
	hardResetClientV3 = 10 << 3
	controlWKCV1      = 11 << 3
)

// Client is the client's side of a control channel: the key in a profile. It is a secret.
type Client struct {
	envelope envelope
	wrapped  []byte // the key for the server, with tls-crypt-v2
}

// ParseClient parses the key in a profile. Only tls-auth uses the digest, OpenVPN's
// --auth; its key direction is 1. Errors never quote the key.
func ParseClient(mode Mode, digest crypto.Hash, text string) (Client, error) {
	switch mode {
	case TLSCryptV2:
		key, err := ParseClientKey(text)
		return Client{encrypted{key.shared}, key.wrapped}, err
	case TLSCrypt, TLSAuth:
		key, err := parseStatic(mode, digest, text)
		if err != nil {
			return Client{}, err
		}
		if static, ok := key.(authKey); ok {
			return Client{authenticated{static.raw, static.digest}, nil}, nil
		}
		return Client{encrypted{key.(cryptKey).raw}, nil}, nil
	}
	return Client{}, fmt.Errorf("parsing the control channel's key: mode %q is unknown", mode)
}

// String returns a placeholder, so that printing does not reveal the key.
func (Client) String() string { return "[control-channel key]" }

// GoString returns the placeholder, for %#v.
func (c Client) GoString() string { return c.String() }

// Session makes and opens the packets of one session. It keeps no packet: sending them
// again, and putting those of the server in order, is left to the caller.
type Session struct {
	client      Client
	own, server []byte // session ids; the server's is nil before it answers
	sealed      uint32 // packets so far
	resend      bool   // the server wants the wrapped key again
}

// Packet is a packet of the server.
type Packet struct {
	Acks    []uint32 // numbers of the client's packets that arrived
	Ack     bool     // it has nothing but Acks
	Number  uint32   // from 0; the answer to a reset has 0
	Payload []byte   // a part of the TLS stream, or options in the answer to a reset
}

// Start starts a session.
func (c Client) Start(random io.Reader) (*Session, error) {
	own := make([]byte, sessionSize)
	if _, err := io.ReadFull(random, own); err != nil {
		return nil, fmt.Errorf("choosing a session id: %w", err)
	}
	return &Session{client: c, own: own}, nil
}

func (s *Session) seal(opcode byte, message ...[]byte) []byte {
	id := earlyNegotiation + s.sealed
	s.sealed++
	return s.client.envelope.seal(id, append([]byte{opcode}, s.own...), slices.Concat(message...))
}

// Reset returns the first packet, with the number 0. The server ignores the padding.
func (s *Session) Reset(padding int) []byte {
	opcode := byte(hardResetClientV2)
	if s.client.wrapped != nil {
		opcode = hardResetClientV3
	}
	packet := s.seal(opcode, []byte{0}, number(0), make([]byte, padding))
	return append(packet, s.client.wrapped...)
}

// Control returns a packet with a part of the TLS stream, by its number from 1, after the
// server's answer to the reset. It acknowledges that answer, by which a server that has
// kept no state knows the session. The first one has the wrapped key, if the server wants
// it again.
func (s *Session) Control(n uint32, payload []byte) []byte {
	if n == 1 && s.resend {
		return append(s.seal(controlWKCV1, s.acks(0), number(n), payload), s.client.wrapped...)
	}
	return s.seal(controlV1, s.acks(0), number(n), payload)
}

// Ack returns a packet that acknowledges one of the server's.
func (s *Session) Ack(n uint32) []byte { return s.seal(ackV1, s.acks(n)) }

func (s *Session) acks(n uint32) []byte {
	return slices.Concat([]byte{1}, number(n), s.server)
}

func number(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }

// Open opens a packet of the server. It is an error if it is not authentic, belongs to
// another session, or is no packet of a handshake.
func (s *Session) Open(packet []byte) (Packet, error) {
	if len(packet) < 1+sessionSize {
		return Packet{}, tooShort(packet)
	}
	opcode, server := packet[0], packet[1:1+sessionSize]
	if opcode != hardResetServerV2 && opcode != controlV1 && opcode != ackV1 {
		return Packet{}, fmt.Errorf("the answer's first byte is %#02x, not that of a server's control packet", opcode)
	}
	message, err := s.client.envelope.open(packet)
	if err != nil {
		return Packet{}, err
	}
	opened, err := s.parse(opcode, message)
	if err != nil {
		return Packet{}, err
	}
	if s.server == nil && opcode == hardResetServerV2 {
		s.server, s.resend = bytes.Clone(server), wantsKeyAgain(opened.Payload)
	}
	if !bytes.Equal(s.server, server) {
		return Packet{}, errAnotherSession
	}
	return opened, nil
}

var (
	errAnotherSession = errors.New("the answer belongs to another session")
	errTruncated      = errors.New("the answer ends too early")
)

// parse parses a message: the number of acknowledgements, each with four bytes, if there
// are any our session id, and for all but an acknowledgement the packet's number and its
// payload (reliable.c, reliable_ack_parse).
func (s *Session) parse(opcode byte, message []byte) (Packet, error) {
	if len(message) == 0 {
		return Packet{}, errTruncated
	}
	opened, count := Packet{Ack: opcode == ackV1}, int(message[0])
	message = message[1:]
	if count > 0 {
		if len(message) < 4*count+sessionSize {
			return Packet{}, errTruncated
		}
		for range count {
			opened.Acks = append(opened.Acks, binary.BigEndian.Uint32(message))
			message = message[4:]
		}
		if !bytes.Equal(message[:sessionSize], s.own) {
			return Packet{}, errAnotherSession
		}
		message = message[sessionSize:]
	}
	if opened.Ack {
		return opened, nil
	}
	if len(message) < 4 {
		return Packet{}, errTruncated
	}
	opened.Number, opened.Payload = binary.BigEndian.Uint32(message), message[4:]
	return opened, nil
}

// wantsKeyAgain looks for EARLY_NEG_FLAG_RESEND_WKC among the options of an answer to a
// reset: type, length and value (ssl_pkt.h, TLV_TYPE_EARLY_NEG_FLAGS).
func wantsKeyAgain(options []byte) bool {
	for len(options) >= 4 {
		kind, size := binary.BigEndian.Uint16(options), int(binary.BigEndian.Uint16(options[2:]))
		options = options[4:]
		if size > len(options) {
			return false
		}
		if kind == 1 && size == 2 {
			return binary.BigEndian.Uint16(options)&1 != 0
		}
		options = options[size:]
	}
	return false
}
