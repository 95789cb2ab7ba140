package controlchannel

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"
	"io"
)

// Opcodes in a packet's first byte, above three bits of key id (ssl_pkt.h).
const (
	hardResetClientV2 = 7 << 3
	hardResetServerV2 = 8 << 3
	hardResetClientV3 = 10 << 3
)

// cryptKey and authKey are the static key for tls-crypt and for tls-auth.
type (
	cryptKey struct{ StaticKey }
	authKey  struct {
		StaticKey
		digest crypto.Hash
	}
)

// Probe implements Key.
func (k cryptKey) Probe(random io.Reader) ([]byte, func([]byte) error, error) {
	return probe(random, hardResetClientV2, encrypted{k.raw}, nil)
}

// Probe implements Key.
func (k authKey) Probe(random io.Reader) ([]byte, func([]byte) error, error) {
	return probe(random, hardResetClientV2, authenticated{k.raw, k.digest}, nil)
}

// Probe implements Key, with a random client key that only this packet uses. The key has
// no name, and --tls-crypt-v2-verify must accept such a key: OpenVPN runs it before it
// answers over TCP, and after its first answer over UDP.
func (k ServerKey) Probe(random io.Reader) ([]byte, func([]byte) error, error) {
	shared := make([]byte, clientKeySize)
	if _, err := io.ReadFull(random, shared); err != nil {
		return nil, nil, fmt.Errorf("creating a probe: %w", err)
	}
	wrapped, err := k.wrap(shared, []byte{metadataUser})
	if err != nil {
		return nil, nil, fmt.Errorf("creating a probe: %w", err)
	}
	return probe(random, hardResetClientV3, encrypted{shared}, wrapped)
}

// probe returns a client's hard reset: no acknowledgements, message packet id 0,
// and after the protected part a wrapped key, if any.
func probe(random io.Reader, opcode byte, e envelope, wrapped []byte) (packet []byte, accept func([]byte) error, err error) {
	session := make([]byte, sessionSize)
	if _, err := io.ReadFull(random, session); err != nil {
		return nil, nil, fmt.Errorf("creating a probe: %w", err)
	}
	packet = e.seal(append([]byte{opcode}, session...), []byte{0, 0, 0, 0, 0})
	accept = func(answer []byte) error { return acceptReset(e, answer, session) }
	return append(packet, wrapped...), accept, nil
}

// acceptReset checks an answer: the opcode, that it is authentic, and that it
// acknowledges our packet 0 in our session.
func acceptReset(e envelope, answer, session []byte) error {
	if len(answer) == 0 {
		return tooShort(answer)
	}
	if answer[0] != hardResetServerV2 {
		return fmt.Errorf("the answer's first byte is %#02x, not that of a server's hard reset", answer[0])
	}
	message, err := e.open(answer)
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(message, append([]byte{1, 0, 0, 0, 0}, session...)) {
		return errors.New("the answer belongs to another session")
	}
	return nil
}
