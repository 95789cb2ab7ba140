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

// minimumSeed is the minimum size of a seed, in bytes.
const minimumSeed = 32

// ServerKey is a tls-crypt-v2 server key. It wraps the keys of clients, so its
// holder can create clients. The zero value is not a key.
type ServerKey struct{ raw []byte }

// DeriveServerKey derives the server key from a secret seed of at least 32 bytes
// with HKDF-SHA-512 (RFC 5869). The same seed gives the same key.
func DeriveServerKey(seed []byte) (ServerKey, error) {
	raw, err := derive(seed, "tls-crypt-v2 server", serverKeySize)
	return ServerKey{raw}, err
}

// ParseServerKey parses the output of `openvpn --genkey tls-crypt-v2-server`.
func ParseServerKey(text string) (ServerKey, error) {
	raw, err := decodePEM(text, serverKeyType)
	if err != nil {
		return ServerKey{}, err
	}
	if len(raw) != serverKeySize {
		return ServerKey{}, fmt.Errorf("parsing %s: it has %d bytes, not %d", serverKeyType, len(raw), serverKeySize)
	}
	return ServerKey{raw}, nil
}

// Text returns the key in the form that OpenVPN's --tls-crypt-v2 reads on a
// server. The text is secret.
func (k ServerKey) Text() string { return encodePEM(serverKeyType, k.raw) }

// String returns a placeholder, so that printing does not reveal the key.
func (ServerKey) String() string { return "[tls-crypt-v2 server key]" }

// GoString returns the placeholder, for %#v.
func (k ServerKey) GoString() string { return k.String() }

func (k ServerKey) wrapping() direction { return directionAt(k.raw, 0) }

// generation is part of every label. Raising it invalidates all profiles, which
// is right when servers drop something that old profiles need: with generation
// 1, the server pushed the routes through the tunnel.
const generation = "tripvpn 2 "

// derive returns a key of size bytes. Each label gives another key.
func derive(seed []byte, label string, size int) ([]byte, error) {
	if len(seed) < minimumSeed {
		return nil, fmt.Errorf("deriving %q: the seed has %d bytes, fewer than %d", label, len(seed), minimumSeed)
	}
	key, err := hkdf.Key(sha512.New, seed, nil, generation+label, size)
	if err != nil {
		return nil, fmt.Errorf("deriving %q: %w", label, err)
	}
	return key, nil
}
