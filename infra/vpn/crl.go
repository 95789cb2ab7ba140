package vpn

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"slices"

	"tripvpn/internal/pki"
)

// SignCRL returns, as PEM, the certificate revocation list of an issuer, given
// by its certificate and private key as PEM. It revokes the given leaves, PEM
// as well, which the issuer has to have signed (RFC 5280, section 5).
//
// The same input gives the same octets, so that an unchanged stack stays
// unchanged: the dates are the issuer's and the leaves' own, the number counts
// what is revoked, and without a source of randomness ECDSA signs as RFC 6979
// says, and RSA as PKCS #1 v1.5 does anyway. The list is valid for as long as
// its issuer is, because one that ran out would lock everybody out.
//
// Its errors never quote a key.
func SignCRL(issuerPEM, keyPEM string, revoked []string) (string, error) {
	issuer, err := pki.Certificate(issuerPEM)
	if err != nil {
		return "", fmt.Errorf("signing a CRL: reading the issuer's certificate: %w", err)
	}
	key, err := pki.PrivateKey(keyPEM)
	if err != nil {
		return "", fmt.Errorf("signing the CRL of %q: reading the private key: %w", issuer.Subject.CommonName, err)
	}
	if !pki.Matches(key, issuer) {
		return "", fmt.Errorf("signing the CRL of %q: the private key is another certificate's", issuer.Subject.CommonName)
	}
	entries, err := revocationEntries(issuer, revoked)
	if err != nil {
		return "", fmt.Errorf("signing the CRL of %q: %w", issuer.Subject.CommonName, err)
	}
	der, err := x509.CreateRevocationList(nil, &x509.RevocationList{
		Number:                    big.NewInt(int64(1 + len(entries))),
		ThisUpdate:                issuer.NotBefore,
		NextUpdate:                issuer.NotAfter,
		RevokedCertificateEntries: entries,
	}, issuer, key)
	if err != nil {
		return "", fmt.Errorf("signing the CRL of %q: %w", issuer.Subject.CommonName, err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der})), nil
}

// revocationEntries lists serial numbers in order. What is revoked is revoked
// from the start, since nobody knows when a device got lost.
func revocationEntries(issuer *x509.Certificate, leaves []string) ([]x509.RevocationListEntry, error) {
	var entries []x509.RevocationListEntry
	for _, text := range leaves {
		leaf, err := pki.Certificate(text)
		if err != nil {
			return nil, fmt.Errorf("revoking a leaf: %w", err)
		}
		if err := leaf.CheckSignatureFrom(issuer); err != nil {
			return nil, fmt.Errorf("revoking the leaf of %q, which it has not signed: %w", leaf.Subject.CommonName, err)
		}
		entries = append(entries, x509.RevocationListEntry{SerialNumber: leaf.SerialNumber, RevocationTime: leaf.NotBefore})
	}
	slices.SortFunc(entries, func(a, b x509.RevocationListEntry) int { return a.SerialNumber.Cmp(b.SerialNumber) })
	return entries, nil
}
