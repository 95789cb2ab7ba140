package vpn

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// issuer is a CA with a key of either algorithm.
type issuer struct {
	key         crypto.Signer
	certificate *x509.Certificate
}

func newIssuer(t testing.TB, key crypto.Signer) issuer {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "issuer"},
		NotBefore: time.Unix(1_800_000_000, 0), NotAfter: time.Unix(1_900_000_000, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, SubjectKeyId: []byte{1, 2, 3},
	}
	return issuer{key, sign(t, template, template, key, key)}
}

func (i issuer) leaf(t testing.TB, serial int64, end time.Time) string {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "leaf"},
		NotBefore: i.certificate.NotBefore.Add(time.Hour), NotAfter: end}
	return certificatePEM(sign(t, template, i.certificate, i.key, i.key))
}

func sign(t testing.TB, template, parent *x509.Certificate, key, signer crypto.Signer) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	require.NoError(t, err)
	certificate, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return certificate
}

func certificatePEM(c *x509.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
}

func issuers(t testing.TB) map[string]issuer {
	t.Helper()
	onCurve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	rsaKey, err := rsa.GenerateKey(rand.Reader, rsaLeafBits)
	require.NoError(t, err)
	return map[string]issuer{"ECDSA": newIssuer(t, onCurve), "RSA": newIssuer(t, rsaKey)}
}

func TestCRLIsSignedByItsIssuerAndDeterministic(t *testing.T) {
	for name, i := range issuers(t) {
		text, key := certificatePEM(i.certificate), pkcs8(t, i.key)
		third, second := i.leaf(t, 3, i.certificate.NotAfter), i.leaf(t, 2, i.certificate.NotAfter)
		first, err := SignCRL(text, key, []string{third, second})
		require.NoError(t, err, name)
		again, err := SignCRL(text, key, []string{second, third})
		require.NoError(t, err, name)
		require.Equal(t, first, again, name)

		block, rest := pem.Decode([]byte(first))
		require.Empty(t, rest)
		list, err := x509.ParseRevocationList(block.Bytes)
		require.NoError(t, err)
		require.NoError(t, list.CheckSignatureFrom(i.certificate))
		require.Equal(t, i.certificate.NotAfter, list.NextUpdate, "a list that ends before its issuer locks everybody out")
		require.Equal(t, i.certificate.NotBefore, list.ThisUpdate)
		require.EqualValues(t, 3, list.Number.Int64(), "a longer list has a higher number")
		require.Len(t, list.RevokedCertificateEntries, 2)
		require.EqualValues(t, 2, list.RevokedCertificateEntries[0].SerialNumber.Int64())
		require.EqualValues(t, 3, list.RevokedCertificateEntries[1].SerialNumber.Int64())
	}
}

func TestCRLRevokesOnlyItsIssuersLeaves(t *testing.T) {
	all, others := issuers(t), issuers(t)
	i := all["ECDSA"]
	_, err := SignCRL(certificatePEM(i.certificate), pkcs8(t, i.key), []string{others["RSA"].leaf(t, 2, i.certificate.NotAfter)})
	require.ErrorContains(t, err, `revoking the leaf of "leaf", which the issuer did not sign`)
}

func TestCRLRefusesAnotherKeyWithoutQuotingIt(t *testing.T) {
	keys, others := newTestKeys(t), newTestKeys(t)
	_, err := SignCRL(keys.certificate, others.ecdsa, nil)
	require.ErrorContains(t, err, "the private key does not match the certificate")
	_, err = SignCRL(keys.certificate, "not a key", nil)
	require.ErrorContains(t, err, "not just one PEM block")
	require.NotContains(t, err.Error(), "not a key")
	_, err = SignCRL("", keys.ecdsa, nil)
	require.ErrorContains(t, err, "no PEM block of type")
}

// FuzzSignCRL checks that every list can be parsed, is signed by its issuer, and
// contains exactly the revoked serial numbers.
func FuzzSignCRL(f *testing.F) {
	all := issuers(f)
	f.Add(true, []byte{2, 3})
	f.Add(false, []byte{})
	f.Fuzz(func(t *testing.T, onCurve bool, serials []byte) {
		i := all["RSA"]
		if onCurve {
			i = all["ECDSA"]
		}
		var leaves []string
		for n, serial := range serials[:min(len(serials), 20)] {
			leaves = append(leaves, i.leaf(t, int64(n)<<8|int64(serial)|1<<20, i.certificate.NotAfter))
		}
		text, err := SignCRL(certificatePEM(i.certificate), pkcs8(t, i.key), leaves)
		require.NoError(t, err)
		block, rest := pem.Decode([]byte(text))
		require.Empty(t, rest)
		list, err := x509.ParseRevocationList(block.Bytes)
		require.NoError(t, err)
		require.NoError(t, list.CheckSignatureFrom(i.certificate))
		require.Len(t, list.RevokedCertificateEntries, len(leaves))
		for n, entry := range list.RevokedCertificateEntries {
			require.EqualValues(t, int64(n)<<8|int64(serials[n])|1<<20, entry.SerialNumber.Int64())
		}
	})
}

func TestSeedMustBeAnEd25519Key(t *testing.T) {
	keys := newTestKeys(t)
	seed, err := seedOf(keys.ed25519)
	require.NoError(t, err)
	require.Len(t, seed, 32)
	_, err = seedOf(keys.ecdsa)
	require.ErrorContains(t, err, "not an Ed25519 key")
}
