package controlchannel

import (
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// staticKeySize is 2048 bits: a cipher and an HMAC slot for each direction.
const staticKeySize = 4 * slotSize

// StaticKey is the key that a server shares with all of its clients, for
// tls-crypt and for tls-auth. The zero value is not a key.
type StaticKey struct{ raw []byte }

// DeriveStaticKey derives the key for a mode from a secret seed of at least 32
// bytes with HKDF-SHA-512 (RFC 5869). The same seed gives the same key.
func DeriveStaticKey(seed []byte, mode Mode) (StaticKey, error) {
	raw, err := derive(seed, string(mode)+" static", staticKeySize)
	return StaticKey{raw}, err
}

const (
	staticKeyBegin = "-----BEGIN OpenVPN Static key V1-----\n"
	staticKeyEnd   = "-----END OpenVPN Static key V1-----\n"
	staticKeyLine  = 16 // bytes
)

var staticKeyBody = regexp.MustCompile(`^(?s:#.*\n)?` + staticKeyBegin + `((?:[0-9a-f]{32}\n){16})` + staticKeyEnd + `$`)

// ParseStaticKey parses the output of `openvpn --genkey secret`.
func ParseStaticKey(text string) (StaticKey, error) {
	body := staticKeyBody.FindStringSubmatch(text)
	if body == nil {
		return StaticKey{}, errors.New("parsing static key: it is not a 2048 bit OpenVPN static key")
	}
	raw, err := hex.DecodeString(strings.ReplaceAll(body[1], "\n", ""))
	if err != nil { // err is dropped: it quotes the key
		return StaticKey{}, errors.New("parsing static key: it is not hexadecimal")
	}
	return StaticKey{raw}, nil
}

// Text returns the key in the form that OpenVPN's --tls-crypt and --tls-auth
// read (write_key_file in src/openvpn/crypto.c). The text is secret.
func (k StaticKey) Text() string {
	var text strings.Builder
	text.WriteString("#\n# 2048 bit OpenVPN static key\n#\n" + staticKeyBegin)
	for at := 0; at < len(k.raw); at += staticKeyLine {
		fmt.Fprintf(&text, "%x\n", k.raw[at:at+staticKeyLine])
	}
	text.WriteString(staticKeyEnd)
	return text.String()
}

// String returns a placeholder, so that printing does not reveal the key.
func (StaticKey) String() string { return "[OpenVPN static key]" }

// GoString returns the placeholder, for %#v.
func (k StaticKey) GoString() string { return k.String() }
