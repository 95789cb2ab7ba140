package tls

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"fmt"
)

// hashID is the id of a key or a request: the SHA-1 of its DER form, which the
// plugin trims as if it were text (common.go, hashForState).
func hashID(der []byte) string {
	sum := sha1.Sum(bytes.TrimSpace(der))
	return hex.EncodeToString(sum[:])
}

// subjectKeyID is the key identifier of RFC 5280, 4.2.1.2 (1): the SHA-1 of the
// public key's bit string. For an Ed25519 key the plugin hashes a DER octet
// string that holds it instead (common_cert.go, generateSubjectKeyID).
func subjectKeyID(public crypto.PublicKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil, fmt.Errorf("encoding a public key: %w", err)
	}
	var info struct {
		Algorithm pkix.AlgorithmIdentifier
		PublicKey asn1.BitString
	}
	if _, err := asn1.Unmarshal(der, &info); err != nil {
		return nil, fmt.Errorf("reading a public key: %w", err)
	}
	hashed := info.PublicKey.Bytes
	if _, ok := public.(ed25519.PublicKey); ok {
		if hashed, err = asn1.Marshal(hashed); err != nil {
			return nil, fmt.Errorf("encoding a public key: %w", err)
		}
	}
	sum := sha1.Sum(hashed)
	return sum[:], nil
}
