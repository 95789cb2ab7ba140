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
// tls-crypt and for tls-auth. The zero value is no key.
type StaticKey struct{ octets []byte }

// DeriveStaticKey derives the key for a mode from the same seed as all others.
// The same seed gives the same key.
func DeriveStaticKey(seed []byte, mode Mode) (StaticKey, error) {
	octets, err := derive(seed, string(mode)+" static", staticKeySize)
	return StaticKey{octets}, err
}

const (
	staticKeyBegin = "-----BEGIN OpenVPN Static key V1-----\n"
	staticKeyEnd   = "-----END OpenVPN Static key V1-----\n"
	staticKeyLine  = 16 // octets
)

var staticKeyBody = regexp.MustCompile(`^(?s:#.*\n)?` + staticKeyBegin + `((?:[0-9a-f]{32}\n){16})` + staticKeyEnd + `$`)

// ParseStaticKey reads what `openvpn --genkey secret` writes.
func ParseStaticKey(text string) (StaticKey, error) {
	body := staticKeyBody.FindStringSubmatch(text)
	if body == nil {
		return StaticKey{}, errors.New("parsing static key: it is not a 2048 bit OpenVPN static key")
	}
	octets, err := hex.DecodeString(strings.ReplaceAll(body[1], "\n", ""))
	if err != nil { // err is dropped: it quotes the key
		return StaticKey{}, errors.New("parsing static key: it is not hexadecimal")
	}
	return StaticKey{octets}, nil
}

// Text returns the key in the form that OpenVPN's --tls-crypt and --tls-auth
// read (write_key_file in src/openvpn/crypto.c). It is a secret.
func (k StaticKey) Text() string {
	var text strings.Builder
	text.WriteString("#\n# 2048 bit OpenVPN static key\n#\n" + staticKeyBegin)
	for at := 0; at < len(k.octets); at += staticKeyLine {
		fmt.Fprintf(&text, "%x\n", k.octets[at:at+staticKeyLine])
	}
	text.WriteString(staticKeyEnd)
	return text.String()
}

// String keeps the key out of anything that prints.
func (StaticKey) String() string { return "[OpenVPN static key]" }

// GoString keeps the key out of %#v.
func (k StaticKey) GoString() string { return k.String() }
