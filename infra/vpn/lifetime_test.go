package vpn

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
)

// At the start of an update, an issuer that signs in it is not due for renewal.
// So it is enough that an issuer that is not due outlives what it signs by more
// than the duration of an update.
func TestNothingOutlivesItsIssuer(t *testing.T) {
	const update = 12 // hours
	require.Greater(t, intermediateRenewalHours, leafHours+update)
	require.Greater(t, rootRenewalHours, intermediateHours+update)
	require.Less(t, intermediateRenewalHours, intermediateHours, "a new one must not be due immediately")
	require.Less(t, rootRenewalHours, rootHours)
	require.Less(t, serverRenewalHours, leafHours)
}

func TestALeafThatOutlivesItsIssuerIsRefused(t *testing.T) {
	end := time.Unix(1_900_000_000, 0)
	issuer := certificateOf(t, "issuer", 1, end)
	require.NoError(t, checkLifetime(certificateOf(t, "leaf", 2, end), issuer))
	err := checkLifetime(certificateOf(t, "leaf", 2, end.Add(time.Second)), issuer)
	require.ErrorContains(t, err, `checking the certificate of "leaf": it ends on 2030-03-17T17:46:41Z, after its issuer "issuer"`)
	require.ErrorContains(t, checkLifetime("", issuer), "no PEM block with a certificate")
}

// certificateOf returns a new certificate as PEM. It has signed itself.
func certificateOf(t *testing.T, name string, serial int64, end time.Time) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name}, NotAfter: end}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}
