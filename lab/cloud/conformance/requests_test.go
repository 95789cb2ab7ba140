package conformance

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
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
			"subject": map[string]any{
				"commonName": "cn", "country": "CH", "locality": "l", "organization": "o", "organizationalUnit": "ou",
				"postalCode": "pc", "province": "st", "serialNumber": "sn", "streetAddresses": []any{"s1", "s2"}, "emailAddress": "a@b.example",
			},
			"dnsNames": []any{"a.example", "b.example"}, "ipAddresses": []any{"192.0.2.1", "2001:db8::1"}, "uris": []any{"spiffe://a/b"},
		}
		created := p.create(t, certRequest, inputs.properties())
		request := parseRequest(t, created)
		require.Equal(t, "SERIALNUMBER=sn,CN=cn,OU=ou,O=o,POSTALCODE=pc,STREET=s1+STREET=s2,L=l,ST=st,C=CH", names(request.Subject))
		require.Len(t, request.Subject.Names, 11)
		require.Equal(t, "1.2.840.113549.1.9.1", request.Subject.Names[10].Type.String())
		require.Equal(t, "a@b.example", request.Subject.Names[10].Value)
		require.Equal(t, []string{"a.example", "b.example"}, request.DNSNames)
		require.Equal(t, "192.0.2.1", request.IPAddresses[0].String())
		require.Equal(t, "2001:db8::1", request.IPAddresses[1].String())
		require.Equal(t, "spiffe://a/b", request.URIs[0].String())

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
		"P384":  {object{"algorithm": "ECDSA", "ecdsaCurve": "P384"}, x509.ECDSAWithSHA384},
		"P521":  {object{"algorithm": "ECDSA", "ecdsaCurve": "P521"}, x509.ECDSAWithSHA512},
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
			"subject":       map[string]any{"commonName": "cn"}, "dnsNames": []any{"a.example"},
		}
		created := p.create(t, certRequest, inputs.properties())
		for property, value := range (object{
			"privateKeyPem": newKey(t, p, p256).outputs["privateKeyPem"],
			"subject":       map[string]any{"commonName": "other"},
			"dnsNames":      []any{"a.example", "b.example"},
			"ipAddresses":   []any{"192.0.2.1"},
			"uris":          []any{"spiffe://a/b"},
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

		key := newKey(t, p, p256).outputs["privateKeyPem"]
		_, err := p.tryCreate(t, certRequest, object{"privateKeyPem": key, "ipAddresses": []any{"192.0.2"}}.properties())
		require.ErrorContains(t, err, "IP address")
		require.ErrorContains(t, err, `"192.0.2"`)

		_, err = p.tryCreate(t, certRequest, object{"privateKeyPem": secret("not a key at all")}.properties())
		require.ErrorContains(t, err, "private key PEM")
		require.NotContains(t, err.Error(), "not a key at all")
	})
}

// names writes a subject's attributes but for those that have no short name.
func names(subject pkix.Name) string {
	subject.Names, subject.ExtraNames = nil, nil
	return subject.String()
}
