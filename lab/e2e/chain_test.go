package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/spec/spectest"
)

// boundsTheChain signs another CA with the intermediate's own key. A certificate
// from that CA must be invalid.
func (c *trip) boundsTheChain(t *testing.T) {
	root := c.certificate(t, "SelfSignedCert::darrell-root")
	intermediate := c.certificate(t, "LocallySignedCert::darrell-intermediate")
	key := c.signer(t, "PrivateKey::darrell-intermediate")
	roots, between := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(root)
	between.AddCert(intermediate)
	check := func(leaf *x509.Certificate) error {
		_, err := leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}})
		return err
	}
	require.NoError(t, check(c.certificate(t, "LocallySignedCert::darrell-server")))

	soon := time.Now().Add(time.Hour)
	further, furtherKey := issue(t, "another CA", true, soon, intermediate, key)
	leaf, _ := issue(t, "darrell-server", false, soon, further, furtherKey)
	between.AddCert(further)
	require.ErrorContains(t, check(leaf), "too many intermediates")
}

// property is a property of a resource in the state.
func (c *trip) property(t *testing.T, urnEnd, name string) string {
	t.Helper()
	value, err := c.stack.Property(t.Context(), urnEnd, name)
	require.NoError(t, err)
	return value
}

func (c *trip) certificate(t *testing.T, urnEnd string) *x509.Certificate {
	t.Helper()
	block, _ := pem.Decode([]byte(c.property(t, urnEnd, "certPem")))
	require.NotNil(t, block)
	certificate, err := x509.ParseCertificate(block.Bytes)
	require.NoError(t, err)
	return certificate
}

func (c *trip) signer(t *testing.T, urnEnd string) *ecdsa.PrivateKey {
	t.Helper()
	block, _ := pem.Decode([]byte(c.property(t, urnEnd, "privateKeyPemPkcs8")))
	require.NotNil(t, block)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	require.NoError(t, err)
	return key.(*ecdsa.PrivateKey)
}

// issue signs a CA certificate, or a leaf for servers and clients, with an
// issuer's key.
func issue(t *testing.T, name string, ca bool, end time.Time, issuer *x509.Certificate, issuerKey *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(time.Now().UnixNano()),
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              end,
		BasicConstraintsValid: true,
		IsCA:                  ca,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if ca {
		template.KeyUsage, template.ExtKeyUsage = x509.KeyUsageCertSign, nil
	}
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, key.Public(), issuerKey)
	require.NoError(t, err)
	certificate, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return certificate, key
}

// issuePair signs a leaf for a client, and encodes it with its key.
func issuePair(t *testing.T, name string, end time.Time, issuer *x509.Certificate, issuerKey *ecdsa.PrivateKey) spectest.Pair {
	t.Helper()
	certificate, key := issue(t, name, false, end, issuer, issuerKey)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	return spectest.Pair{
		Certificate: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw})),
		Key:         string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})),
	}
}
