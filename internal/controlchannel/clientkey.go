package controlchannel

import (
	"crypto/hmac"
	"encoding/binary"
	"errors"
	"fmt"
)

const (
	clientKeyType = "OpenVPN tls-crypt-v2 client key"
	clientKeySize = 4 * slotSize // Kc: a direction each way

	lengthSize     = 2
	maxWrappedSize = 1024 // TLS_CRYPT_V2_MAX_WKC_LEN
	metadataUser   = 0x00 // TLS_CRYPT_METADATA_TYPE_USER
)

// ClientKey is a tls-crypt-v2 client key: the key that client and server
// share, and the same key wrapped for the server, which stores none of them.
type ClientKey struct{ shared, wrapped []byte }

// DeriveClientKey derives the key of the client called name from the same
// seed as the server's, and wraps it with the server key. The name rides
// along as user metadata, so that a server could tell whose key it is.
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

// ParseClientKey reads what `openvpn --genkey tls-crypt-v2-client` writes.
func ParseClientKey(text string) (ClientKey, error) {
	octets, err := decodePEM(text, clientKeyType)
	if err != nil {
		return ClientKey{}, err
	}
	if len(octets) <= clientKeySize {
		return ClientKey{}, fmt.Errorf("parsing %s: it has %d octets and holds no wrapped key", clientKeyType, len(octets))
	}
	return ClientKey{octets[:clientKeySize], octets[clientKeySize:]}, nil
}

// Text returns the key in the form that OpenVPN's --tls-crypt-v2 reads on a
// client. It is a secret.
func (k ClientKey) Text() string {
	return encodePEM(clientKeyType, append(append([]byte{}, k.shared...), k.wrapped...))
}

// String keeps the key out of anything that prints.
func (ClientKey) String() string { return "[tls-crypt-v2 client key]" }

// GoString keeps the key out of %#v.
func (k ClientKey) GoString() string { return k.String() }

// wrap returns WKc: tag, ciphertext of the shared key and the metadata, and
// the length of it all in network byte order.
func (k ServerKey) wrap(shared, metadata []byte) ([]byte, error) {
	size := tagSize + len(shared) + len(metadata) + lengthSize
	if size > maxWrappedSize {
		return nil, fmt.Errorf("the wrapped key would have %d octets, more than %d", size, maxWrappedSize)
	}
	length := binary.BigEndian.AppendUint16(nil, uint16(size))
	plain := append(append([]byte{}, shared...), metadata...)
	tag := k.wrapping().tag(length, plain)
	return append(append(tag, k.wrapping().crypt(tag, plain)...), length...), nil
}

// Unwrap opens a client's wrapped key as a server does on the client's first
// packet, checks that it is the one the client uses, and returns its metadata,
// whose first octet is the type.
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
