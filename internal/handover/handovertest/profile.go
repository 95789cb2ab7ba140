// Package handovertest makes profiles for tests. They are the same in each run, so that
// tests can name words and bytes, and no server accepts them.
package handovertest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/templates"
)

// CertificateEnd is the end of a profile's certificate.
var CertificateEnd = time.Date(2096, 11, 27, 12, 0, 0, 0, time.UTC)

// Profile returns the profile of a device that connects to a server at that address.
// The key depends only on the device's name.
func Profile(t testing.TB, device, address string) string {
	t.Helper()
	seed := sha256.Sum256([]byte("a key for tests: " + device))
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), seed[:])
	require.NoError(t, err)
	encoded, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	certificate := certificate(t, device, key)
	profile, err := templates.Client{
		ServerName:        "darrell-server",
		Remotes:           []templates.Remote{{Host: address, Port: 1194, Protocol: "udp"}, {Host: address, Port: 443, Protocol: "tcp"}},
		CA:                certificate,
		Certificate:       certificate,
		Key:               string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded})),
		ControlChannel:    "tls-crypt-v2",
		ControlChannelKey: "a control-channel key\n",
	}.Render()
	require.NoError(t, err)
	return profile
}

// certificate signs without random numbers, see RFC 6979.
func certificate(t testing.TB, name string, key *ecdsa.PrivateKey) string {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: CertificateEnd.AddDate(-100, 0, 0), NotAfter: CertificateEnd,
	}
	signed, err := x509.CreateCertificate(nil, template, template, key.Public(), key)
	require.NoError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signed}))
}
