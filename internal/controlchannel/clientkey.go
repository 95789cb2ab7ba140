package controlchannel

import (
	"crypto/hmac"
	"encoding/binary"
	"errors"
	"fmt"
)

const (
	clientKeyType = "OpenVPN tls-crypt-v2 client key"
	clientKeySize = 4 * slotSize // Kc: both directions

	lengthSize     = 2
	maxWrappedSize = 1024 // TLS_CRYPT_V2_MAX_WKC_LEN
	metadataUser   = 0x00 // TLS_CRYPT_METADATA_TYPE_USER
)

// ClientKey is a tls-crypt-v2 client key: the key that client and server share,
// and the same key wrapped for the server, which does not store client keys.
type ClientKey struct{ shared, wrapped []byte }

// DeriveClientKey derives the key of the client called name from the server
// key's seed, and wraps it with the server key. The wrapped key contains the
// name as user metadata, from which a server could identify the client.
func DeriveClientKey(seed []byte, server ServerKey, name string) (ClientKey, error) {
	shared, err := derive(seed, "tls-crypt-v2 client "+name, clientKeySize)
	if err != nil {
		return ClientKey{}, err
	}
	wrapped, err := server.wrap(shared, append([]byte{metadataUser}, name...))
	if err != nil {
		return ClientKey{}, fmt.Errorf("wrapping the key of client %q: %w", name, err)
	}
	return ClientKey{shared, wrapped}, nil
}

// ParseClientKey parses the output of `openvpn --genkey tls-crypt-v2-client`.
func ParseClientKey(text string) (ClientKey, error) {
	raw, err := decodePEM(text, clientKeyType)
	if err != nil {
		return ClientKey{}, err
	}
	if len(raw) <= clientKeySize {
		return ClientKey{}, fmt.Errorf("parsing %s: it has %d bytes and no wrapped key", clientKeyType, len(raw))
	}
	return ClientKey{raw[:clientKeySize], raw[clientKeySize:]}, nil
}

// Text returns the key in the form that OpenVPN's --tls-crypt-v2 reads on a
// client. The text is secret.
func (k ClientKey) Text() string {
	return encodePEM(clientKeyType, append(append([]byte{}, k.shared...), k.wrapped...))
}

// String returns a placeholder, so that printing does not reveal the key.
func (ClientKey) String() string { return "[tls-crypt-v2 client key]" }

// GoString returns the placeholder, for %#v.
func (k ClientKey) GoString() string { return k.String() }

// wrap returns WKc: tag, ciphertext of the shared key and the metadata, and the
// total length in network byte order.
func (k ServerKey) wrap(shared, metadata []byte) ([]byte, error) {
	size := tagSize + len(shared) + len(metadata) + lengthSize
	if size > maxWrappedSize {
		return nil, fmt.Errorf("the wrapped key would have %d bytes, more than %d", size, maxWrappedSize)
	}
	length := binary.BigEndian.AppendUint16(nil, uint16(size))
	plain := append(append([]byte{}, shared...), metadata...)
	tag := k.wrapping().tag(length, plain)
	return append(append(tag, k.wrapping().crypt(tag, plain)...), length...), nil
}

// Unwrap decrypts a client's wrapped key, as a server does on the client's first
// packet. It checks that the client uses that key, and returns the metadata,
// whose first byte is the type.
func (k ServerKey) Unwrap(client ClientKey) (metadata []byte, err error) {
	body := len(client.wrapped) - lengthSize
	if body < tagSize+clientKeySize || int(binary.BigEndian.Uint16(client.wrapped[body:])) != len(client.wrapped) {
		return nil, errors.New("unwrapping client key: its length is wrong")
	}
	tag, length := client.wrapped[:tagSize], client.wrapped[body:]
	plain := k.wrapping().crypt(tag, client.wrapped[tagSize:body])
	if !hmac.Equal(tag, k.wrapping().tag(length, plain)) {
		return nil, errors.New("unwrapping client key: it was not wrapped with this server key")
	}
	if !hmac.Equal(plain[:clientKeySize], client.shared) {
		return nil, errors.New("unwrapping client key: the wrapped key is not the one in use")
	}
	return plain[clientKeySize:], nil
}
