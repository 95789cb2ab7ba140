// Package pki parses and checks the certificates and the key of one server. It is pure: it uses neither files nor a clock. Its errors never contain
// a key or a part of one.
package pki

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

// Certificates parses PEM that contains one or more certificates and nothing
// else, in exactly the canonical encoding. It rejects the rest because a key in the
// wrong place would end up in a readable file.
func Certificates(text string) ([]*x509.Certificate, error) {
	var all []*x509.Certificate
	var canonical strings.Builder
	for block, rest := pem.Decode([]byte(text)); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			return nil, errors.New("it contains a PEM block that is not a certificate")
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("parsing certificate %d: %w", len(all)+1, err)
		}
		all = append(all, certificate)
		canonical.Write(pem.EncodeToMemory(block))
	}
	if len(all) == 0 {
		return nil, errors.New("it contains no PEM block with a certificate")
	}
	if canonical.String() != text {
		return nil, errors.New("it is not just PEM blocks with certificates, each ending in a newline")
	}
	return all, nil
}

// Certificate parses PEM that contains one certificate and nothing else.
func Certificate(text string) (*x509.Certificate, error) {
	all, err := exactly(1, text)
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// PrivateKey parses PEM that contains one private key (PKCS #8, SEC 1 or PKCS #1)
// and nothing else.
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

// Matches reports whether the key belongs to the certificate.
func Matches(key crypto.Signer, certificate *x509.Certificate) bool {
	public, ok := key.Public().(interface{ Equal(crypto.PublicKey) bool })
	return ok && public.Equal(certificate.PublicKey)
}

// First returns the first of one or more certificates. Both texts are PEM.
func First(text string) (string, error) {
	certificates, err := Certificates(text)
	if err != nil {
		return "", err
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificates[0].Raw})), nil
}
