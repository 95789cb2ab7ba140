package pki_test

import (
	"crypto/x509"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/pki"
	"tripvpn/internal/spec/spectest"
)

func TestCertificatesRejectsEverythingElse(t *testing.T) {
	authority := spectest.New(t)
	server := authority.Issue(t, "server", x509.ExtKeyUsageServerAuth)
	for name, text := range map[string]string{
		"empty":              "",
		"no PEM":             "certificate",
		"leading text":       "note\n" + server.Certificate,
		"trailing text":      server.Certificate + "note\n",
		"no newline":         strings.TrimSpace(server.Certificate),
		"carriage returns":   strings.ReplaceAll(server.Certificate, "\n", "\r\n"),
		"a key":              server.Key,
		"a trailing key":     server.Certificate + server.Key,
		"a leading key":      server.Key + server.Certificate,
		"a key in a block":   "-----BEGIN CERTIFICATE-----\n" + server.Key + server.Certificate,
		"damaged":            strings.Replace(server.Certificate, "M", "N", 1),
		"key as certificate": strings.ReplaceAll(server.Key, "PRIVATE KEY", "CERTIFICATE"),
	} {
		_, err := pki.Certificates(text)
		require.Error(t, err, name)
		requireSilent(t, err, server.Key)
	}
	two, err := pki.Certificates(authority.Intermediate() + authority.Root())
	require.NoError(t, err)
	require.Len(t, two, 2)
}

func TestPrivateKeyRejectsEverythingElse(t *testing.T) {
	authority := spectest.New(t)
	one := authority.Issue(t, "one", x509.ExtKeyUsageServerAuth)
	other := authority.Issue(t, "other", x509.ExtKeyUsageServerAuth)
	for name, text := range map[string]string{
		"empty":         "",
		"two":           one.Key + other.Key,
		"a certificate": one.Certificate,
		"damaged":       strings.Replace(one.Key, "M", "N", 1),
		"encrypted":     strings.ReplaceAll(one.Key, "PRIVATE", "ENCRYPTED PRIVATE"),
	} {
		_, err := pki.PrivateKey(text)
		require.Error(t, err, name)
		requireSilent(t, err, one.Key)
	}
	key, err := pki.PrivateKey(one.Key)
	require.NoError(t, err)
	certificates, err := pki.Certificates(one.Certificate + other.Certificate)
	require.NoError(t, err)
	require.True(t, pki.Matches(key, certificates[0]))
	require.False(t, pki.Matches(key, certificates[1]))
}

func TestChainReportsEveryInvalidPart(t *testing.T) {
	authority, stranger := spectest.New(t), spectest.New(t)
	server := authority.Issue(t, "server", x509.ExtKeyUsageServerAuth)
	issuers := authority.Intermediate() + authority.Root()

	_, err := pki.ParseChain("", authority.Root())
	require.ErrorContains(t, err, "the server certificate: it contains no PEM block")
	require.ErrorContains(t, err, "the issuers: expected 2 PEM block(s), found 1")

	for name, wrong := range map[string][2]string{
		"the server certificate is not signed": {stranger.Issue(t, "server", x509.ExtKeyUsageServerAuth).Certificate, issuers},
		"the intermediate certificate is not":  {server.Certificate, stranger.Intermediate() + authority.Root()},
		"the root certificate is not signed":   {server.Certificate, authority.Root() + authority.Intermediate()},
	} {
		chain, err := pki.ParseChain(wrong[0], wrong[1])
		require.NoError(t, err)
		require.ErrorContains(t, chain.CheckSignatures(), name)
	}
	chain, err := pki.ParseChain(server.Certificate, issuers)
	require.NoError(t, err)
	require.NoError(t, chain.CheckSignatures())
}

func TestChainChecksTimes(t *testing.T) {
	authority := spectest.New(t)
	issuers, now := authority.Intermediate()+authority.Root(), time.Now()
	server := parse(t, authority.Issue(t, "server", x509.ExtKeyUsageServerAuth).Certificate, issuers)
	require.NoError(t, server.CheckAt(now))
	require.ErrorContains(t, server.CheckAt(authority.NotAfter.Add(time.Second)), "expired")
	require.ErrorContains(t, server.CheckAt(authority.NotBefore.Add(-time.Second)), "not yet valid")

	client := parse(t, authority.Issue(t, "client", x509.ExtKeyUsageClientAuth).Certificate, issuers)
	require.ErrorContains(t, client.CheckAt(now), "incompatible key usage")
}

func parse(t *testing.T, leaf, issuers string) pki.Chain {
	t.Helper()
	chain, err := pki.ParseChain(leaf, issuers)
	require.NoError(t, err)
	return chain
}

// requireSilent fails if the error quotes any line of the key's body.
func requireSilent(t *testing.T, err error, key string) {
	t.Helper()
	for _, line := range strings.Split(key, "\n") {
		if len(line) > 8 && !strings.HasPrefix(line, "-----") {
			require.NotContains(t, err.Error(), line)
		}
	}
}
