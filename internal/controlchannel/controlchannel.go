// Package controlchannel creates and parses the static keys that protect
// OpenVPN's control channel. Of the wire format, it implements what a client needs
// for its TLS handshake. It is pure: it uses no file, socket or clock.
//
// Formats and constructions are those of OpenVPN's doc/tls-crypt-v2.txt and
// src/openvpn/tls_crypt.h, tls_crypt.c, ssl_pkt.c.
package controlchannel

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/pem"
	"fmt"
)

// OpenVPN's key files contain keys of 512 bits. tls-crypt uses the first 256 bits
// of each: AES-256-CTR and HMAC-SHA-256.
const (
	slotSize = 64 // one key in a file, bytes
	keySize  = 32 // the part that tls-crypt uses, bytes
	tagSize  = sha256.Size
)

// direction holds the keys of one direction of a tls-crypt channel.
type direction struct{ cipherKey, hmacKey []byte }

// directionAt returns the direction that starts at offset: a cipher slot, then
// an HMAC slot (struct key in src/openvpn/crypto.h).
func directionAt(key []byte, offset int) direction {
	hmacAt := offset + slotSize
	return direction{key[offset : offset+keySize], key[hmacAt : hmacAt+keySize]}
}

// tag returns the HMAC of the joined parts. It is also the synthetic IV.
func (d direction) tag(parts ...[]byte) []byte {
	mac := hmac.New(sha256.New, d.hmacKey)
	for _, part := range parts {
		mac.Write(part)
	}
	return mac.Sum(nil)
}

// crypt encrypts or decrypts text, which are the same operation in counter mode.
func (d direction) crypt(tag, text []byte) []byte {
	block, err := aes.NewCipher(d.cipherKey)
	if err != nil {
		panic(err) // the key's size is a constant
	}
	out := make([]byte, len(text))
	cipher.NewCTR(block, tag[:aes.BlockSize]).XORKeyStream(out, text)
	return out
}

// decodePEM returns the body of the one PEM block of the wanted type. Its
// errors never quote the input.
func decodePEM(text, wanted string) ([]byte, error) {
	block, rest := pem.Decode([]byte(text))
	if block == nil {
		return nil, fmt.Errorf("parsing %s: no PEM block found", wanted)
	}
	if block.Type != wanted {
		return nil, fmt.Errorf("parsing %s: the PEM block is of another type", wanted)
	}
	if len(bytes.TrimSpace(rest)) != 0 {
		return nil, fmt.Errorf("parsing %s: there is more after the PEM block", wanted)
	}
	return block.Bytes, nil
}

func encodePEM(kind string, body []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: body}))
}
