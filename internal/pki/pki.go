// Package pki reads and judges the certificates, the key and the revocation
// lists of one server. It is pure: it reads no file and no clock, and it
// never puts a key, or a part of one, into an error.
package pki

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

// Certificates reads PEM that holds one or more certificates and nothing
// else. Anything else is refused, because it might be a key in the wrong
// place, which would end up in a readable file.
func Certificates(text string) ([]*x509.Certificate, error) {
	return readAll(text, "CERTIFICATE", x509.ParseCertificate)
}

// Certificate reads PEM that holds one certificate and nothing else.
func Certificate(text string) (*x509.Certificate, error) {
	all, err := exactly(1, text, Certificates)
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// RevocationLists reads PEM that holds one or more CRLs and nothing else.
func RevocationLists(text string) ([]*x509.RevocationList, error) {
	return readAll(text, "X509 CRL", x509.ParseRevocationList)
}

// PrivateKey reads one private key in PEM: PKCS #8, SEC 1 or PKCS #1.
func PrivateKey(text string) (crypto.Signer, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil || string(pem.EncodeToMemory(block)) != text {
		return nil, errors.New("it is not just one PEM block that ends in a newline")
	}
	key, err := parseKey(block)
	if err != nil {
		return nil, err
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, errors.New("it cannot sign")
	}
	return signer, nil
}

func parseKey(block *pem.Block) (key any, err error) {
	switch block.Type {
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	default:
		return nil, errors.New("it is not an unencrypted private key")
	}
	if err != nil { // err is dropped: it may describe the key's content
		return nil, errors.New("it is damaged")
	}
	return key, nil
}

// Matches says whether the key belongs to the certificate.
func Matches(key crypto.Signer, certificate *x509.Certificate) bool {
	public, ok := key.Public().(interface{ Equal(crypto.PublicKey) bool })
	return ok && public.Equal(certificate.PublicKey)
}

// readAll reads PEM blocks of one type, and nothing but such blocks: the text
// has to be just what encoding them again gives.
func readAll[T any](text, kind string, parse func([]byte) (T, error)) ([]T, error) {
	var all []T
	var canonical strings.Builder
	for block, rest := pem.Decode([]byte(text)); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != kind {
			return nil, fmt.Errorf("it holds a PEM block that is not of type %q", kind)
		}
		item, err := parse(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("parsing PEM block %d of type %q: %w", len(all)+1, kind, err)
		}
		all = append(all, item)
		canonical.Write(pem.EncodeToMemory(block))
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("it holds no PEM block of type %q", kind)
	}
	if canonical.String() != text {
		return nil, fmt.Errorf("it is not just PEM blocks of type %q, each ending in a newline", kind)
	}
	return all, nil
}

// First returns the first of several certificates, in PEM.
func First(text string) (string, error) {
	certificates, err := Certificates(text)
	if err != nil {
		return "", err
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificates[0].Raw})), nil
}
