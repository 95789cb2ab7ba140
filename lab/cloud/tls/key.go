package tls

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
)

// The algorithms of keys, as the plugin names them.
const (
	algorithmRSA     = "RSA"
	algorithmECDSA   = "ECDSA"
	algorithmEd25519 = "ED25519"
)

// The PEM types of private keys.
const (
	pemPKCS1 = "RSA PRIVATE KEY"
	pemSEC1  = "EC PRIVATE KEY"
	pemPKCS8 = "PRIVATE KEY"
)

// curveP256 is the one curve for ECDSA keys.
const curveP256 = "P256"

// newKey makes a private key. The size in bits matters to RSA only.
func newKey(algorithm string, bits int) (crypto.Signer, error) {
	switch algorithm {
	case algorithmRSA:
		return rsa.GenerateKey(rand.Reader, bits)
	case algorithmECDSA:
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case algorithmEd25519:
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return key, err
	default:
		return nil, fmt.Errorf("unknown algorithm %q", algorithm)
	}
}

// encodeKey writes a key in the PEM form that is traditional for its algorithm:
// PKCS #1 for RSA, SEC 1 for ECDSA, PKCS #8 for Ed25519.
func encodeKey(key crypto.Signer) (string, error) {
	switch key := key.(type) {
	case *rsa.PrivateKey:
		return encodePEM(pemPKCS1, x509.MarshalPKCS1PrivateKey(key)), nil
	case *ecdsa.PrivateKey:
		der, err := x509.MarshalECPrivateKey(key)
		return encodePEM(pemSEC1, der), err
	default:
		return encodePKCS8(key)
	}
}

func encodePKCS8(key crypto.Signer) (string, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	return encodePEM(pemPKCS8, der), err
}

// parseKey reads a private key in any of the forms that encodeKey writes, and
// names its algorithm. Its errors never quote the key.
func parseKey(text string) (key crypto.Signer, algorithm string, err error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, "", errors.New("no PEM block")
	}
	parsed, err := parseKeyDER(block)
	if err != nil {
		return nil, "", err
	}
	switch key := parsed.(type) {
	case *rsa.PrivateKey:
		return key, algorithmRSA, nil
	case *ecdsa.PrivateKey:
		return key, algorithmECDSA, nil
	case ed25519.PrivateKey:
		return key, algorithmEd25519, nil
	default:
		return nil, "", fmt.Errorf("a key of type %T is not supported", parsed)
	}
}

func parseKeyDER(block *pem.Block) (any, error) {
	switch block.Type {
	case pemPKCS1:
		return x509.ParsePKCS1PrivateKey(block.Bytes)
	case pemSEC1:
		return x509.ParseECPrivateKey(block.Bytes)
	case pemPKCS8:
		return x509.ParsePKCS8PrivateKey(block.Bytes)
	default:
		return nil, fmt.Errorf("a PEM block of type %q is not a private key", block.Type)
	}
}

// encodePEM writes a PEM block, which ends in a newline.
func encodePEM(typ string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: typ, Bytes: der}))
}

// decodePEM returns the content of a PEM block of the wanted type.
func decodePEM(typ, text string) ([]byte, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("no PEM block")
	}
	if block.Type != typ {
		return nil, fmt.Errorf("expected a PEM block of type %q, got %q", typ, block.Type)
	}
	return block.Bytes, nil
}
