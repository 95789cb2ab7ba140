package vpn

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"slices"

	"tripvpn/internal/pki"
)

// SignCRL returns an issuer's certificate revocation list (RFC 5280, section 5)
// as PEM. Its arguments are the issuer's certificate and private key, and the
// certificates to revoke, all as PEM. The issuer must have signed them.
//
// The same input gives the same bytes, so that an unchanged stack stays
// unchanged. The dates are those of the issuer and the leaves. The CRL number is
// the number of entries plus one. Without a source of randomness, ECDSA signs as
// in RFC 6979; RSA with PKCS #1 v1.5 is deterministic anyway. The list is valid
// as long as its issuer, because an expired list would lock everybody out.
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
		return "", fmt.Errorf("signing the CRL of %q: the private key does not match the certificate", issuer.Subject.CommonName)
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

// revocationEntries returns an entry for each leaf, sorted by serial number. A
// revocation dates from the start of the certificate, since nobody knows when a
// device got lost.
func revocationEntries(issuer *x509.Certificate, leaves []string) ([]x509.RevocationListEntry, error) {
	var entries []x509.RevocationListEntry
	for _, text := range leaves {
		leaf, err := pki.Certificate(text)
		if err != nil {
			return nil, fmt.Errorf("revoking a leaf: %w", err)
		}
		if err := leaf.CheckSignatureFrom(issuer); err != nil {
			return nil, fmt.Errorf("revoking the leaf of %q, which the issuer did not sign: %w", leaf.Subject.CommonName, err)
		}
		entries = append(entries, x509.RevocationListEntry{SerialNumber: leaf.SerialNumber, RevocationTime: leaf.NotBefore})
	}
	slices.SortFunc(entries, func(a, b x509.RevocationListEntry) int { return a.SerialNumber.Cmp(b.SerialNumber) })
	return entries, nil
}
