package controlchannel

import (
	"crypto/hkdf"
	"crypto/sha512"
	"fmt"
)

const (
	serverKeyType = "OpenVPN tls-crypt-v2 server key"
	serverKeySize = 2 * slotSize
)

// minimumSeed is the least entropy that keys are derived from, in octets.
const minimumSeed = 32

// ServerKey is a tls-crypt-v2 server key: it wraps the keys of clients, and
// whoever holds it can make clients. The zero value is no key.
type ServerKey struct{ octets []byte }

// DeriveServerKey derives the server key from a secret seed of at least 32
// octets with HKDF-SHA-512 (RFC 5869). The same seed gives the same key.
func DeriveServerKey(seed []byte) (ServerKey, error) {
	octets, err := derive(seed, "tls-crypt-v2 server", serverKeySize)
	return ServerKey{octets}, err
}

// ParseServerKey reads what `openvpn --genkey tls-crypt-v2-server` writes.
func ParseServerKey(text string) (ServerKey, error) {
	octets, err := decodePEM(text, serverKeyType)
	if err != nil {
		return ServerKey{}, err
	}
	if len(octets) != serverKeySize {
		return ServerKey{}, fmt.Errorf("parsing %s: it has %d octets, not %d", serverKeyType, len(octets), serverKeySize)
	}
	return ServerKey{octets}, nil
}

// Text returns the key in the form that OpenVPN's --tls-crypt-v2 reads on a
// server. It is a secret.
func (k ServerKey) Text() string { return encodePEM(serverKeyType, k.octets) }

// String keeps the key out of anything that prints.
func (ServerKey) String() string { return "[tls-crypt-v2 server key]" }

// GoString keeps the key out of %#v.
func (k ServerKey) GoString() string { return k.String() }

func (k ServerKey) wrapping() direction { return directionAt(k.octets, 0) }

// generation is part of every label. Raising it makes all profiles useless, which
// is right when servers stop doing what old profiles rely on: with generation 1,
// the server told clients what goes through the tunnel.
const generation = "tripvpn 2 "

// derive gives every use of the seed a key of its own, told apart by label.
func derive(seed []byte, label string, size int) ([]byte, error) {
	if len(seed) < minimumSeed {
		return nil, fmt.Errorf("deriving %q: the seed has %d octets, fewer than %d", label, len(seed), minimumSeed)
	}
	key, err := hkdf.Key(sha512.New, seed, nil, generation+label, size)
	if err != nil {
		return nil, fmt.Errorf("deriving %q: %w", label, err)
	}
	return key, nil
}
