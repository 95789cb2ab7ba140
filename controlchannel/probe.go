package controlchannel

import (
	"bytes"
	"crypto/hmac"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Opcodes of the first octet, above three bits of key id (ssl_pkt.h).
const (
	hardResetClientV3 = 10 << 3
	hardResetServerV2 = 8 << 3
)

const (
	sessionSize = 8
	headerSize  = 1 + sessionSize + 8 // opcode, session id, packet id and time

	// A first packet id of this range says that the client can send its
	// wrapped key again, so the server answers without keeping any state
	// (EARLY_NEG_START in ssl_pkt.h).
	earlyNegotiation = 0x0f000001
)

// Probe returns the first datagram of a client's handshake, and a function
// that says whether a datagram is the server's authentic answer to it. Nobody
// without this server key can answer, and the server keeps no state for it.
func (k ServerKey) Probe(random io.Reader) (packet []byte, accept func(answer []byte) error, err error) {
	secret := make([]byte, clientKeySize+sessionSize)
	if _, err := io.ReadFull(random, secret); err != nil {
		return nil, nil, fmt.Errorf("making a probe: %w", err)
	}
	shared, session := secret[:clientKeySize], secret[clientKeySize:]
	wrapped, err := k.wrap(shared, []byte{metadataUser})
	if err != nil {
		return nil, nil, fmt.Errorf("making a probe: %w", err)
	}
	client := ClientKey{shared, wrapped}
	accept = func(answer []byte) error { return client.accept(answer, session) }
	return client.hardReset(session), accept, nil
}

// hardReset is P_CONTROL_HARD_RESET_CLIENT_V3: no acknowledgements, message
// packet id 0, and the wrapped key behind the protected part.
func (k ClientKey) hardReset(session []byte) []byte {
	header := append([]byte{hardResetClientV3}, session...)
	header = binary.BigEndian.AppendUint32(header, earlyNegotiation)
	header = binary.BigEndian.AppendUint32(header, 0) // time: checked against replay only within a session
	message := []byte{0, 0, 0, 0, 0}
	tag := k.toServer().tag(header, message)
	packet := append(header, tag...)
	packet = append(packet, k.toServer().crypt(tag, message)...)
	return append(packet, k.wrapped...)
}

// accept checks an answer: the opcode, that the shared key made it, and that
// it acknowledges our packet 0 in our session.
func (k ClientKey) accept(answer, session []byte) error {
	if len(answer) < headerSize+tagSize {
		return fmt.Errorf("the answer has %d octets, too few for a control packet", len(answer))
	}
	if answer[0] != hardResetServerV2 {
		return fmt.Errorf("the answer's first octet is %#02x, not that of a server's hard reset", answer[0])
	}
	header, tag := answer[:headerSize], answer[headerSize:headerSize+tagSize]
	message := k.toClient().crypt(tag, answer[headerSize+tagSize:])
	if !hmac.Equal(tag, k.toClient().tag(header, message)) {
		return errors.New("the answer is not authentic: the server holds another control-channel key")
	}
	acknowledged := append([]byte{1, 0, 0, 0, 0}, session...)
	if !bytes.HasPrefix(message, acknowledged) {
		return errors.New("the answer belongs to another session")
	}
	return nil
}
