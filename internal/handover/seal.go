package handover

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// Iterations of PBKDF2-HMAC-SHA-256. OWASP asks for 600,000 for passwords that people
// choose (Password Storage Cheat Sheet); these words are far stronger. A telephone
// needs a second or two.
const Iterations = 1_000_000

// A sealed profile, in bytes. Numbers are big-endian.
//
//	magic       8   "tripvpn", and the version of this form
//	iterations  4   of PBKDF2
//	salt       32   of PBKDF2
//	nonce      12   of AES-GCM
//	ciphertext  n   AES-256-GCM of the content, without associated data; ends in the tag
//	checksum   32   SHA-256 of all before it
//
// The content is the profile. If a page has the address of the unsealed profile, a zero byte
// and the address follow; a profile has no zero byte.
//
// The checksum protects nothing. It tells a damaged file from wrong words.
const (
	magic     = "tripvpn\x01"
	saltSize  = 32
	nonceSize = 12
	keySize   = 32
)

// Seal encrypts the profile with a key derived from the words.
//
// Salt and nonce are derived from the whole content. AES-GCM must never encrypt two
// plaintexts with one key and nonce, and cannot here: different contents have different
// salts and nonces, unless HKDF-SHA-256 collides, so even the same words give
// different keys; and the same content gives the same ciphertext, which says only that
// it is the same. Neither salt nor nonce helps to guess the words or the profile: the
// profile contains a private key, which nobody can guess, and the words are not an
// input.
func (p Profile) Seal(words []string) ([]byte, error) { return sealContent(p.text, Letters(words)) }

// sealContent seals with a passphrase: the letters of the words, or a link's key.
func sealContent(content, passphrase string) ([]byte, error) {
	derived, err := hkdf.Key(sha256.New, []byte(content), nil, labelSeal, saltSize+nonceSize)
	if err != nil {
		return nil, fmt.Errorf("sealing the profile: %w", err)
	}
	return seal(content, passphrase, derived[:saltSize], derived[saltSize:], Iterations)
}

func seal(content, passphrase string, salt, nonce []byte, iterations uint32) ([]byte, error) {
	aead, err := aeadOf(passphrase, salt, iterations)
	if err != nil {
		return nil, fmt.Errorf("sealing the profile: %w", err)
	}
	sealed := binary.BigEndian.AppendUint32([]byte(magic), iterations)
	sealed = slices.Concat(sealed, salt, nonce)
	sealed = aead.Seal(sealed, nonce, []byte(content), nil)
	sum := sha256.Sum256(sealed)
	return append(sealed, sum[:]...), nil
}

// Errors of Open.
var (
	ErrDamaged = errors.New("the sealed profile is damaged")
	ErrWords   = errors.New("the words do not open the profile")
)

// Open decrypts what Seal has encrypted. The page does it in the browser; Open holds
// it to the same form.
func Open(sealed []byte, words []string) (string, error) { return OpenWith(sealed, Letters(words)) }

// OpenWith is Open with a passphrase: the letters of the words, or a link's key.
func OpenWith(sealed []byte, passphrase string) (string, error) {
	const head = len(magic) + 4 + saltSize + nonceSize
	end := len(sealed) - sha256.Size
	if end < head || string(sealed[:len(magic)]) != magic || sha256.Sum256(sealed[:end]) != [sha256.Size]byte(sealed[end:]) {
		return "", ErrDamaged
	}
	iterations := binary.BigEndian.Uint32(sealed[len(magic):])
	salt := sealed[len(magic)+4:][:saltSize]
	nonce := sealed[head-nonceSize : head]
	aead, err := aeadOf(passphrase, salt, iterations)
	if err != nil {
		return "", ErrDamaged
	}
	text, err := aead.Open(nil, nonce, sealed[head:end], nil)
	if err != nil {
		return "", ErrWords
	}
	return string(text), nil
}

func aeadOf(passphrase string, salt []byte, iterations uint32) (cipher.AEAD, error) {
	key, err := pbkdf2.Key(sha256.New, passphrase, salt, int(iterations), keySize)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
