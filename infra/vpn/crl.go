package vpn

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
)

// crlNumber is the CRL number extension (RFC 5280, section 5.2.3). A host
// replaces a whole list at once and compares none, so it need not grow.
const crlNumber = 1

// SignCRL returns, as PEM, the certificate revocation list of an issuer, given
// by its certificate and private key as PEM. Nothing is revoked in it.
//
// The same input gives the same octets, so that an unchanged stack stays
// unchanged: the dates are the issuer's own, and without a source of
// randomness ECDSA signs as RFC 6979 says. The list is valid for as long as its
// issuer is, because one that ran out would lock everybody out.
//
// Its errors never quote a key.
func SignCRL(issuerPEM, keyPEM string) (string, error) {
	issuer, err := parseCertificate(issuerPEM)
	if err != nil {
		return "", fmt.Errorf("signing CRL: %w", err)
	}
	key, err := parsePrivateKey(keyPEM)
	if err != nil {
		return "", fmt.Errorf("signing the CRL of %q: %w", issuer.Subject.CommonName, err)
	}
	if public, ok := key.Public().(publicKey); !ok || !public.Equal(issuer.PublicKey) {
		return "", fmt.Errorf("signing the CRL of %q: the private key is another certificate's", issuer.Subject.CommonName)
	}
	der, err := x509.CreateRevocationList(nil, &x509.RevocationList{
		Number:     big.NewInt(crlNumber),
		ThisUpdate: issuer.NotBefore,
		NextUpdate: issuer.NotAfter,
	}, issuer, key)
	if err != nil {
		return "", fmt.Errorf("signing the CRL of %q: %w", issuer.Subject.CommonName, err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der})), nil
}

// publicKey is what every public key of the standard library can do.
type publicKey interface{ Equal(crypto.PublicKey) bool }

func parseCertificate(text string) (*x509.Certificate, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, errors.New("the issuer is no certificate in PEM form")
	}
	return x509.ParseCertificate(block.Bytes)
}

// parsePrivateKey reads PKCS #8, which is privateKeyPemPkcs8 of the tls
// provider's keys.
func parsePrivateKey(text string) (crypto.Signer, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("the private key is not in PEM form")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("the private key is not in PKCS #8 form")
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, errors.New("the private key cannot sign")
	}
	return signer, nil
}
