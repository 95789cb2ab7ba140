package controlchannel

import (
	"crypto"
	"fmt"
	"io"
)

// Mode is the protection of a control channel, by the name of OpenVPN's option.
type Mode string

// The modes, strongest first.
const (
	TLSCryptV2 Mode = "tls-crypt-v2" // encrypted, with one key per client
	TLSCrypt   Mode = "tls-crypt"    // encrypted, with one key for all
	TLSAuth    Mode = "tls-auth"     // authenticated only, with one key for all
)

// Key is the server's key of a control channel. It is a secret.
type Key interface {
	// Text returns the key in the form that OpenVPN reads from a file.
	Text() string
	// Probe returns the first packet of a client's handshake, and a function that
	// returns an error unless a packet is the server's authentic answer to it. Only
	// a holder of this key can answer. Over UDP the server keeps no state, and over
	// TCP none after the connection.
	Probe(random io.Reader) (packet []byte, accept func(answer []byte) error, err error)
}

// ParseKey parses the server's key for a mode. Only tls-auth uses the digest,
// OpenVPN's --auth. Errors never quote the key.
func ParseKey(mode Mode, digest crypto.Hash, text string) (Key, error) {
	switch mode {
	case TLSCryptV2:
		return ParseServerKey(text)
	case TLSCrypt, TLSAuth:
		return parseStatic(mode, digest, text)
	}
	return nil, fmt.Errorf("parsing the control channel's key: mode %q is unknown", mode)
}

func parseStatic(mode Mode, digest crypto.Hash, text string) (Key, error) {
	key, err := ParseStaticKey(text)
	if err != nil {
		return nil, err
	}
	if mode == TLSCrypt {
		return cryptKey{key}, nil
	}
	if digest.Size() > slotSize || !digest.Available() {
		return nil, fmt.Errorf("parsing the control channel's key: the digest %v is not supported", digest)
	}
	return authKey{key, digest}, nil
}

// DeriveServer returns the text of the server's key for a mode, derived from
// a secret seed of at least 32 bytes with HKDF-SHA-512 (RFC 5869).
func DeriveServer(seed []byte, mode Mode) (string, error) {
	if mode == TLSCryptV2 {
		key, err := DeriveServerKey(seed)
		return key.Text(), err
	}
	key, err := DeriveStaticKey(seed, mode)
	return key.Text(), err
}

// DeriveClient returns the text of a client's key for a mode: with tls-crypt-v2
// the client's own, otherwise the server's.
func DeriveClient(seed []byte, mode Mode, client string) (string, error) {
	if mode != TLSCryptV2 {
		return DeriveServer(seed, mode)
	}
	server, err := DeriveServerKey(seed)
	if err != nil {
		return "", err
	}
	key, err := DeriveClientKey(seed, server, client)
	return key.Text(), err
}
