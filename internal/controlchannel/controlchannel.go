// Package controlchannel makes and reads the static keys that protect
// OpenVPN's control channel, and speaks just enough of its wire format to ask
// a server for a sign of life. It is pure: no file, no socket, no clock.
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

// Both ends of OpenVPN's key files hold keys of 512 bits, of which tls-crypt
// uses the first 256: AES-256-CTR and HMAC-SHA-256.
const (
	slotSize = 64 // one key in a file, octets
	keySize  = 32 // what of it is used
	tagSize  = sha256.Size
)

// direction is one way of a tls-crypt channel.
type direction struct{ cipherKey, hmacKey []byte }

// directionAt reads the direction that starts at offset: a cipher slot, then
// an HMAC slot (struct key in src/openvpn/crypto.h).
func directionAt(key []byte, offset int) direction {
	hmacAt := offset + slotSize
	return direction{key[offset : offset+keySize], key[hmacAt : hmacAt+keySize]}
}

// tag authenticates the parts as one message. It is the synthetic IV, too.
func (d direction) tag(parts ...[]byte) []byte {
	mac := hmac.New(sha256.New, d.hmacKey)
	for _, part := range parts {
		mac.Write(part)
	}
	return mac.Sum(nil)
}

// crypt encrypts or decrypts text, which AES in counter mode does alike.
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
		return nil, fmt.Errorf("parsing %s: there is more behind the PEM block", wanted)
	}
	return block.Bytes, nil
}

func encodePEM(kind string, body []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: body}))
}
