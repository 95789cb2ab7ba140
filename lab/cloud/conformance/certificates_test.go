package conformance

import (
	"crypto/ed25519"
	"crypto/sha1"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/stretchr/testify/require"
)

const (
	selfSigned    = tokens.Type("tls:index/selfSignedCert:SelfSignedCert")
	locallySigned = tokens.Type("tls:index/locallySignedCert:LocallySignedCert")
)

func parseCertificate(t *testing.T, s state) *x509.Certificate {
	t.Helper()
	certificate, err := x509.ParseCertificate(s.der(t, "certPem", "CERTIFICATE"))
	require.NoError(t, err)
	return certificate
}

// authority is a CA: a key and its certificate.
type authority struct{ key, certificate state }

func rootArgs(key state) object {
	return object{
		"privateKeyPem": key.outputs["privateKeyPem"], "subject": map[string]any{"commonName": "root"},
		"validityPeriodHours": 48, "allowedUses": []any{"cert_signing", "crl_signing"}, "isCaCertificate": true,
	}
}

func newRoot(t *testing.T, p *provider, keyArgs object) authority {
	t.Helper()
	key := newKey(t, p, keyArgs)
	return authority{key, p.create(t, selfSigned, rootArgs(key).properties())}
}

// leafArgs are the inputs of a certificate that the CA signs.
func (a authority) leafArgs(t *testing.T, p *provider, commonName string) object {
	t.Helper()
	request := p.create(t, certRequest, object{
		"privateKeyPem": newKey(t, p, p256).outputs["privateKeyPem"],
		"subject":       map[string]any{"commonName": commonName},
	}.properties())
	return object{
		"caCertPem": a.certificate.outputs["certPem"], "caPrivateKeyPem": a.key.outputs["privateKeyPem"],
		"certRequestPem": request.outputs["certRequestPem"], "validityPeriodHours": 24,
		"allowedUses": []any{"digital_signature", "server_auth"},
	}
}

// requireValidity wants a certificate to be valid from now, for so many hours,
// and its outputs to say the same in RFC 3339.
func requireValidity(t *testing.T, s state, hours int) {
	t.Helper()
	certificate := parseCertificate(t, s)
	start, err := time.Parse(time.RFC3339, s.text(t, "validityStartTime"))
	require.NoError(t, err)
	end, err := time.Parse(time.RFC3339, s.text(t, "validityEndTime"))
	require.NoError(t, err)
	require.WithinDuration(t, time.Now(), start, time.Minute)
	require.Equal(t, time.Duration(hours)*time.Hour, end.Sub(start))
	require.Equal(t, start.UTC().Truncate(time.Second), certificate.NotBefore)
	require.Equal(t, end.UTC().Truncate(time.Second), certificate.NotAfter)
}

func TestSelfSignedCert(t *testing.T) {
	onBoth(t, tlsPlugin, func(t *testing.T, p *provider) {
		key := newKey(t, p, p256)
		inputs := rootArgs(key)
		created := p.create(t, selfSigned, inputs.properties())
		certificate := parseCertificate(t, created)
		require.NoError(t, certificate.CheckSignatureFrom(certificate))
		require.True(t, certificate.IsCA)
		require.True(t, certificate.BasicConstraintsValid)
		require.Equal(t, "CN=root", certificate.Subject.String())
		require.Equal(t, x509.KeyUsageCertSign|x509.KeyUsageCRLSign, certificate.KeyUsage)
		require.Empty(t, certificate.ExtKeyUsage)
		require.NotEmpty(t, certificate.SubjectKeyId, "of a CA it is always set")
		require.Empty(t, certificate.AuthorityKeyId)
		require.Equal(t, certificate.SerialNumber.String(), created.id)
		require.LessOrEqual(t, certificate.SerialNumber.BitLen(), 128)
		requireValidity(t, created, 48)

		require.Equal(t, "ECDSA", created.text(t, "keyAlgorithm"))
		require.True(t, created.outputs["privateKeyPem"].IsSecret())
		require.False(t, created.outputs["certPem"].IsSecret())
		requireUnchanged(t, p.diff(t, created, inputs.properties()))
	})
}

func TestCertificateDefaults(t *testing.T) {
	onBoth(t, tlsPlugin, func(t *testing.T, p *provider) {
		key := newKey(t, p, p256)
		created := p.create(t, selfSigned, object{
			"privateKeyPem": key.outputs["privateKeyPem"], "validityPeriodHours": 1, "allowedUses": []any{},
		}.properties())
		require.Zero(t, created.outputs["earlyRenewalHours"].NumberValue())
		for _, output := range []resource.PropertyKey{"isCaCertificate", "setSubjectKeyId", "setAuthorityKeyId", "readyForRenewal"} {
			require.False(t, created.outputs[output].BoolValue(), output)
		}
		require.NotContains(t, created.outputs, resource.PropertyKey("maxPathLength"))

		certificate := parseCertificate(t, created)
		require.Empty(t, certificate.Subject.String())
		require.Empty(t, certificate.SubjectKeyId)
		require.Zero(t, certificate.KeyUsage)
		require.False(t, certificate.IsCA)
		require.True(t, certificate.BasicConstraintsValid)
	})
}

func TestLocallySignedChain(t *testing.T) {
	onBoth(t, tlsPlugin, func(t *testing.T, p *provider) {
		root := newRoot(t, p, p256)
		middleKey := newKey(t, p, object{"algorithm": "RSA"})
		middleRequest := p.create(t, certRequest, object{
			"privateKeyPem": middleKey.outputs["privateKeyPem"], "subject": map[string]any{"commonName": "middle"},
		}.properties())
		middle := authority{middleKey, p.create(t, locallySigned, root.leafArgs(t, p, "unused").
			with("certRequestPem", middleRequest.outputs["certRequestPem"]).
			with("isCaCertificate", true).with("allowedUses", []any{"cert_signing"}).properties())}
		inputs := middle.leafArgs(t, p, "leaf")
		leaf := p.create(t, locallySigned, inputs.properties())

		roots, between := x509.NewCertPool(), x509.NewCertPool()
		roots.AddCert(parseCertificate(t, root.certificate))
		between.AddCert(parseCertificate(t, middle.certificate))
		certificate := parseCertificate(t, leaf)
		_, err := certificate.Verify(x509.VerifyOptions{Roots: roots, Intermediates: between})
		require.NoError(t, err)
		require.Equal(t, "CN=leaf", certificate.Subject.String())
		require.Equal(t, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, certificate.ExtKeyUsage)
		require.Equal(t, x509.KeyUsageDigitalSignature, certificate.KeyUsage)
		require.Equal(t, x509.SHA256WithRSA, certificate.SignatureAlgorithm)
		require.Equal(t, parseCertificate(t, middle.certificate).SubjectKeyId, certificate.AuthorityKeyId)
		require.Empty(t, certificate.SubjectKeyId)
		require.Equal(t, certificate.SerialNumber.String(), leaf.id)
		requireValidity(t, leaf, 24)

		require.Equal(t, "RSA", leaf.text(t, "caKeyAlgorithm"))
		require.Equal(t, "ECDSA", middle.certificate.text(t, "caKeyAlgorithm"))
		require.True(t, leaf.outputs["caPrivateKeyPem"].IsSecret())
		require.False(t, leaf.outputs["certPem"].IsSecret())
		requireUnchanged(t, p.diff(t, leaf, inputs.properties()))
	})
}

// A path length of 0 gets lost: the certificate has no limit.
func TestPathLength(t *testing.T) {
	onBoth(t, tlsPlugin, func(t *testing.T, p *provider) {
		key := newKey(t, p, p256)
		for asked, want := range sorted(map[int]int{-1: -1, 0: -1, 1: 1, 3: 3}) {
			created := p.create(t, selfSigned, rootArgs(key).with("maxPathLength", asked).properties())
			require.EqualValues(t, asked, created.outputs["maxPathLength"].NumberValue())
			certificate := parseCertificate(t, created)
			require.Equal(t, want, certificate.MaxPathLen, "asked for %d", asked)
			require.False(t, certificate.MaxPathLenZero)
		}
		_, err := p.tryCreate(t, selfSigned, rootArgs(key).with("isCaCertificate", false).with("maxPathLength", 1).properties())
		require.ErrorContains(t, err, "only CAs are allowed to specify MaxPathLen")
	})
}

func TestExtendedUsesKeepTheirOrder(t *testing.T) {
	onBoth(t, tlsPlugin, func(t *testing.T, p *provider) {
		inputs := newRoot(t, p, p256).leafArgs(t, p, "leaf").with("allowedUses", []any{"client_auth", "digital_signature", "server_auth"})
		certificate := parseCertificate(t, p.create(t, locallySigned, inputs.properties()))
		require.Equal(t, x509.KeyUsageDigitalSignature, certificate.KeyUsage)
		require.Equal(t, []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth}, certificate.ExtKeyUsage)
	})
}

// The identifier is the SHA-1 of the public key's bit string, except that of an
// Ed25519 key, where the plugin hashes a DER octet string of it.
func TestKeyIdentifiers(t *testing.T) {
	for name, keyArgs := range map[string]object{
		"RSA": {"algorithm": "RSA"}, "P256": p256, "25519": {"algorithm": "ED25519"},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, tlsPlugin, func(t *testing.T, p *provider) {
				key := newKey(t, p, keyArgs)
				inputs := rootArgs(key).with("isCaCertificate", nil).with("setSubjectKeyId", true).with("setAuthorityKeyId", true)
				certificate := parseCertificate(t, p.create(t, selfSigned, inputs.properties()))

				var info struct {
					Algorithm asn1.RawValue
					PublicKey asn1.BitString
				}
				_, err := asn1.Unmarshal(certificate.RawSubjectPublicKeyInfo, &info)
				require.NoError(t, err)
				hashed := info.PublicKey.Bytes
				if name == "25519" {
					hashed = append([]byte{asn1.TagOctetString, byte(len(hashed))}, hashed...)
				}
				sum := sha1.Sum(hashed)
				require.Equal(t, sum[:], certificate.SubjectKeyId)
				require.Equal(t, sum[:], certificate.AuthorityKeyId)
			})
		})
	}
}

func TestCertificateIsReplacedByWhatIsInIt(t *testing.T) {
	onBoth(t, tlsPlugin, func(t *testing.T, p *provider) {
		root := newRoot(t, p, p256)
		inputs := root.leafArgs(t, p, "leaf")
		leaf := p.create(t, locallySigned, inputs.properties())
		other := newRoot(t, p, p256)
		for property, value := range sorted(object{
			"caCertPem":           other.certificate.outputs["certPem"],
			"caPrivateKeyPem":     other.key.outputs["privateKeyPem"],
			"certRequestPem":      root.leafArgs(t, p, "other")["certRequestPem"],
			"validityPeriodHours": 25,
			"allowedUses":         []any{"server_auth", "digital_signature"},
			"isCaCertificate":     true,
			"maxPathLength":       -1,
			"setSubjectKeyId":     true,
		}) {
			requireReplace(t, p.diff(t, leaf, inputs.with(property, value).properties()), property)
		}

		for property, value := range sorted(object{
			"privateKeyPem": other.key.outputs["privateKeyPem"], "subject": map[string]any{"commonName": "other"},
			"setAuthorityKeyId": true,
		}) {
			requireReplace(t, p.diff(t, root.certificate, rootArgs(root.key).with(property, value).properties()), property)
		}
	})
}

// An unknown input, as in a preview of a new key, replaces what is made of it.
func TestCertificateIsReplacedByWhatIsNotKnownYet(t *testing.T) {
	onBoth(t, tlsPlugin, func(t *testing.T, p *provider) {
		root := newRoot(t, p, p256)
		inputs := root.leafArgs(t, p, "leaf")
		leaf := p.create(t, locallySigned, inputs.properties())
		unknown := resource.MakeComputed(resource.NewStringProperty(""))
		requireReplace(t, p.diff(t, leaf, inputs.with("caCertPem", unknown).properties()), "caCertPem")
		require.True(t, p.preview(t, locallySigned, inputs.with("caCertPem", unknown).properties())["certPem"].ContainsUnknowns())
	})
}

func TestPathLengthStaysWhenNoLongerAskedFor(t *testing.T) {
	onBoth(t, tlsPlugin, func(t *testing.T, p *provider) {
		key := newKey(t, p, p256)
		created := p.create(t, selfSigned, rootArgs(key).with("maxPathLength", 1).properties())
		requireUnchanged(t, p.diff(t, created, rootArgs(key).properties()))
		requireReplace(t, p.diff(t, created, rootArgs(key).with("maxPathLength", 2).properties()), "maxPathLength")
	})
}

func TestCertificateIsRefused(t *testing.T) {
	onBoth(t, tlsPlugin, func(t *testing.T, p *provider) {
		root := newRoot(t, p, p256)
		inputs := rootArgs(root.key)
		_, failures := p.check(t, selfSigned, inputs.with("allowedUses", []any{"serve"}).properties())
		requireRefused(t, failures, "allowedUses", "must be one of", `"server_auth"`, `got: "serve"`)
		for property, least := range sorted(map[string]string{"validityPeriodHours": "0", "earlyRenewalHours": "0", "maxPathLength": "-1"}) {
			_, failures = p.check(t, selfSigned, inputs.with(property, -2).properties())
			requireRefused(t, failures, property, "must be at least "+least, "got: -2")
		}
		_, failures = p.check(t, selfSigned, inputs.with("validityPeriodHours", nil).properties())
		requireRefused(t, failures, "validityPeriodHours")

		_, err := p.tryCreate(t, selfSigned, inputs.with("subject", nil).properties())
		require.ErrorContains(t, err, "CA")
		_, err = p.tryCreate(t, selfSigned, inputs.with("isCaCertificate", nil).with("setAuthorityKeyId", true).properties())
		require.Error(t, err, "without a subject key identifier there is none of the authority")
	})
}

// The stand-in refuses what it does not do. It does not ignore it.
func TestStandInRefusesOtherUses(t *testing.T) {
	p := standIn(t, tlsPlugin)
	for _, use := range []string{"key_encipherment", "content_commitment", "any_extended", "code_signing"} {
		_, failures := p.check(t, selfSigned, rootArgs(newKey(t, p, p256)).with("allowedUses", []any{use}).properties())
		requireRefused(t, failures, "allowedUses", "for the stand-in for the tls plugin", "got: \""+use+"\"")
	}
}

// A certificate is given nothing of a request but its subject and its key.
func TestStandInRefusesRequestsWithExtensions(t *testing.T) {
	p := standIn(t, tlsPlugin)
	_, key, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	der, err := x509.CreateCertificateRequest(nil, &x509.CertificateRequest{DNSNames: []string{"a.example"}}, key)
	require.NoError(t, err)
	request := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}))
	inputs := newRoot(t, p, p256).leafArgs(t, p, "leaf").with("certRequestPem", request)
	_, err = p.tryCreate(t, locallySigned, inputs.properties())
	require.ErrorContains(t, err, "supports no extensions")
}

func TestLocallySignedIsRefused(t *testing.T) {
	onBoth(t, tlsPlugin, func(t *testing.T, p *provider) {
		root := newRoot(t, p, p256)
		inputs := root.leafArgs(t, p, "leaf")
		stranger := newKey(t, p, p256).outputs["privateKeyPem"]
		_, err := p.tryCreate(t, locallySigned, inputs.with("caPrivateKeyPem", stranger).properties())
		require.ErrorContains(t, err, "provided PrivateKey doesn't match parent's PublicKey")
		for property, says := range sorted(map[string]string{
			"caCertPem": "CA certificate PEM", "caPrivateKeyPem": "CA private key PEM", "certRequestPem": "certificate request PEM",
		}) {
			_, err := p.tryCreate(t, locallySigned, inputs.with(property, secret("not PEM at all")).properties())
			require.ErrorContains(t, err, says)
			require.NotContains(t, err.Error(), "not PEM at all")
		}
		for _, told := range p.engine.logged() {
			require.NotContains(t, told, "PRIVATE KEY")
		}
	})
}
