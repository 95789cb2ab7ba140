package vpn

import (
	"crypto/x509"
	"encoding/pem"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCRLIsItsIssuersAndTheSameEachTime(t *testing.T) {
	keys := newTestKeys(t)
	first, err := SignCRL(keys.certificate, keys.ecdsa)
	require.NoError(t, err)
	again, err := SignCRL(keys.certificate, keys.ecdsa)
	require.NoError(t, err)
	require.Equal(t, first, again)

	block, rest := pem.Decode([]byte(first))
	require.Empty(t, rest)
	list, err := x509.ParseRevocationList(block.Bytes)
	require.NoError(t, err)
	issuer, err := parseCertificate(keys.certificate)
	require.NoError(t, err)
	require.NoError(t, list.CheckSignatureFrom(issuer))
	require.Equal(t, issuer.NotAfter, list.NextUpdate, "a list that ends before its issuer locks everybody out")
	require.Equal(t, issuer.NotBefore, list.ThisUpdate)
	require.Empty(t, list.RevokedCertificateEntries)
}

func TestCRLRefusesAnothersKeyWithoutQuotingIt(t *testing.T) {
	keys, others := newTestKeys(t), newTestKeys(t)
	_, err := SignCRL(keys.certificate, others.ecdsa)
	require.ErrorContains(t, err, "another certificate's")
	_, err = SignCRL(keys.certificate, "not a key")
	require.ErrorContains(t, err, "not in PEM form")
	require.NotContains(t, err.Error(), "not a key")
	_, err = SignCRL("", keys.ecdsa)
	require.ErrorContains(t, err, "no certificate")
}

func TestSeedHasToBeAnEd25519Key(t *testing.T) {
	keys := newTestKeys(t)
	seed, err := seedOf(keys.ed25519)
	require.NoError(t, err)
	require.Len(t, seed, 32)
	_, err = seedOf(keys.ecdsa)
	require.ErrorContains(t, err, "not an Ed25519 key")
}

func TestAddressServiceAnswers(t *testing.T) {
	address, err := parseAddress(200, "203.0.113.7\n")
	require.NoError(t, err)
	require.Equal(t, "203.0.113.7", address.String())
	for _, body := range []string{"", "2001:db8::1", "<html>"} {
		_, err := parseAddress(200, body)
		require.Error(t, err, body)
	}
	_, err = parseAddress(503, "203.0.113.7")
	require.ErrorContains(t, err, "503")
}
