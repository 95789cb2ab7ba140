package controlchannel

import (
	"crypto"
	"errors"
	"fmt"
	"io"
	"slices"
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
	return probe(random, Client{encrypted{k.raw}, nil})
}

// Probe implements Key.
func (k authKey) Probe(random io.Reader) ([]byte, func([]byte) error, error) {
	return probe(random, Client{authenticated{k.raw, k.digest}, nil})
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
	return probe(random, Client{encrypted{shared}, wrapped})
}

// probe returns the first packet of a session, and a function that checks the answer: the
// opcode, that it is authentic, and that it acknowledges our packet in our session.
func probe(random io.Reader, c Client) (packet []byte, accept func([]byte) error, err error) {
	session, err := c.Start(random)
	if err != nil {
		return nil, nil, fmt.Errorf("creating a probe: %w", err)
	}
	accept = func(answer []byte) error {
		if len(answer) > 0 && answer[0] != hardResetServerV2 {
			return fmt.Errorf("the answer's first byte is %#02x, not that of a server's hard reset", answer[0])
		}
		opened, err := session.Open(answer)
		if err == nil && !slices.Contains(opened.Acks, 0) {
			err = errors.New("the answer does not acknowledge the probe")
		}
		return err
	}
	return session.Reset(0), accept, nil
}
