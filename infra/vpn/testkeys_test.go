package vpn

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"
)

// testKeys are one key of each kind and one CA certificate, new in every test. The
// mocks return them as every key and certificate.
type testKeys struct{ ecdsa, ed25519, sshPrivate, sshPublic, certificate string }

func newTestKeys(t testing.TB) testKeys {
	t.Helper()
	signer, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "test CA"},
		NotBefore:             time.Unix(1_800_000_000, 0),
		NotAfter:              time.Unix(1_900_000_000, 0),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		SubjectKeyId:          []byte{1, 2, 3},
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, signer.Public(), signer)
	require.NoError(t, err)
	public, private, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	sshPublic, err := ssh.NewPublicKey(public)
	require.NoError(t, err)
	sshPrivate, err := ssh.MarshalPrivateKey(private, "")
	require.NoError(t, err)
	return testKeys{
		ecdsa:       pkcs8(t, signer),
		ed25519:     pkcs8(t, private),
		sshPrivate:  string(pem.EncodeToMemory(sshPrivate)),
		sshPublic:   string(ssh.MarshalAuthorizedKey(sshPublic)),
		certificate: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate})),
	}
}

func pkcs8(t testing.TB, key any) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// privateKey returns the outputs of a key of the tls provider.
func (k testKeys) privateKey(algorithm string) map[string]any {
	private := k.ecdsa
	if algorithm == "ED25519" {
		private = k.ed25519
	}
	return map[string]any{
		"privateKeyPem":      private,
		"privateKeyPemPkcs8": private,
		"privateKeyOpenssh":  k.sshPrivate,
		"publicKeyOpenssh":   k.sshPublic,
		"publicKeyPem":       "public\n",
	}
}
