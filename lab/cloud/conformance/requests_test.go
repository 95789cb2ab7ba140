package conformance

import (
	"bytes"
	"crypto/x509"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/stretchr/testify/require"
)

const certRequest = tokens.Type("tls:index/certRequest:CertRequest")

// newKey makes a key for other resources.
func newKey(t *testing.T, p *provider, inputs object) state {
	t.Helper()
	return p.create(t, privateKey, inputs.properties())
}

var p256 = object{"algorithm": "ECDSA", "ecdsaCurve": "P256"}

func parseRequest(t *testing.T, s state) *x509.CertificateRequest {
	t.Helper()
	request, err := x509.ParseCertificateRequest(s.der(t, "certRequestPem", "CERTIFICATE REQUEST"))
	require.NoError(t, err)
	require.NoError(t, request.CheckSignature())
	return request
}

func TestCertRequest(t *testing.T) {
	onBoth(t, tlsPlugin, func(t *testing.T, p *provider) {
		inputs := object{
			"privateKeyPem": newKey(t, p, p256).outputs["privateKeyPem"],
			"subject":       map[string]any{"commonName": "cn"},
		}
		created := p.create(t, certRequest, inputs.properties())
		request := parseRequest(t, created)
		require.Equal(t, "CN=cn", request.Subject.String())
		require.Empty(t, request.Extensions)

		require.Equal(t, x509.ECDSAWithSHA256, request.SignatureAlgorithm)
		require.Equal(t, "ECDSA", created.text(t, "keyAlgorithm"))
		require.Equal(t, sha1Of(bytes.TrimSpace(request.Raw)), created.id)
		require.True(t, created.inputs["privateKeyPem"].IsSecret())
		require.True(t, created.outputs["privateKeyPem"].IsSecret())
		require.False(t, created.outputs["certRequestPem"].IsSecret())
		requireUnchanged(t, p.diff(t, created, inputs.properties()))
	})
}

func TestCertRequestSignature(t *testing.T) {
	for name, test := range map[string]struct {
		key       object
		signature x509.SignatureAlgorithm
	}{
		"RSA":   {object{"algorithm": "RSA"}, x509.SHA256WithRSA},
		"P256":  {p256, x509.ECDSAWithSHA256},
		"25519": {object{"algorithm": "ED25519"}, x509.PureEd25519},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, tlsPlugin, func(t *testing.T, p *provider) {
				key := newKey(t, p, test.key)
				created := p.create(t, certRequest, object{"privateKeyPem": key.outputs["privateKeyPem"]}.properties())
				require.Equal(t, test.signature, parseRequest(t, created).SignatureAlgorithm)
				require.Equal(t, test.key["algorithm"], created.text(t, "keyAlgorithm"))
			})
		})
	}
}

func TestCertRequestIsReplacedByAnyChange(t *testing.T) {
	onBoth(t, tlsPlugin, func(t *testing.T, p *provider) {
		inputs := object{
			"privateKeyPem": newKey(t, p, p256).outputs["privateKeyPem"],
			"subject":       map[string]any{"commonName": "cn"},
		}
		created := p.create(t, certRequest, inputs.properties())
		for property, value := range sorted(object{
			"privateKeyPem": newKey(t, p, p256).outputs["privateKeyPem"],
			"subject":       map[string]any{"commonName": "other"},
		}) {
			requireReplace(t, p.diff(t, created, inputs.with(property, value).properties()), property)
		}
		requireReplace(t, p.diff(t, created, inputs.with("subject", nil).properties()), "subject")
	})
}

func TestCertRequestIsRefused(t *testing.T) {
	onBoth(t, tlsPlugin, func(t *testing.T, p *provider) {
		_, failures := p.check(t, certRequest, object{}.properties())
		requireRefused(t, failures, "privateKeyPem")

		_, err := p.tryCreate(t, certRequest, object{"privateKeyPem": secret("not a key at all")}.properties())
		require.ErrorContains(t, err, "private key PEM")
		require.NotContains(t, err.Error(), "not a key at all")
	})
}

// otherNames are what the plugin puts in a certificate besides a common name.
var otherNames = object{
	"dnsNames": []any{"a.example"}, "ipAddresses": []any{"192.0.2.1"}, "uris": []any{"spiffe://a"},
}

// The stand-in refuses what it does not do. It does not ignore it.
func TestStandInRefusesOtherNames(t *testing.T) {
	p := standIn(t, tlsPlugin)
	key := newKey(t, p, p256)
	request := object{"privateKeyPem": key.outputs["privateKeyPem"], "subject": map[string]any{"commonName": "cn"}}
	for typ, usual := range map[tokens.Type]object{certRequest: request, selfSigned: rootArgs(key)} {
		_, failures := p.check(t, typ, usual.properties())
		require.Empty(t, failures)
		for property, value := range otherNames {
			_, failures = p.check(t, typ, usual.with(property, value).properties())
			requireRefused(t, failures, property, "Unrecognized")
		}
		for _, attribute := range []string{
			"country", "emailAddress", "locality", "organization", "organizationalUnit", "postalCode", "province", "serialNumber", "streetAddresses",
		} {
			_, failures = p.check(t, typ, usual.with("subject", map[string]any{attribute: "x"}).properties())
			requireRefused(t, failures, "subject", attribute, "Unrecognized")
		}
	}
}
