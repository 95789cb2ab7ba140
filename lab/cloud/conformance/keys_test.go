package conformance

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha1"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"

	"tripvpn/lab/cloud/serve"
	"tripvpn/lab/cloud/tls"
)

const privateKey = tokens.Type("tls:index/privateKey:PrivateKey")

var tlsPlugin = serve.Plugin{Name: tls.Name, Version: tls.Version, New: tls.Provider}

// privateOutputs are those that hold the key itself.
var privateOutputs = []resource.PropertyKey{"privateKeyPem", "privateKeyPemPkcs8", "privateKeyOpenssh"}

// der returns what a PEM output of this type holds. The text ends in a newline,
// and nothing comes after.
func (s state) der(t *testing.T, name resource.PropertyKey, typ string) []byte {
	t.Helper()
	text := s.text(t, name)
	block, rest := pem.Decode([]byte(text))
	require.NotNil(t, block, "%s is not PEM", name)
	require.Empty(t, rest)
	require.Equal(t, typ, block.Type)
	require.Equal(t, text, string(pem.EncodeToMemory(block)))
	return block.Bytes
}

func TestPrivateKey(t *testing.T) {
	type comparable interface{ Equal(crypto.PrivateKey) bool }
	for name, test := range map[string]struct {
		inputs  object
		pemType string
		parse   func(*testing.T, []byte) crypto.Signer
	}{
		"RSA":   {object{"algorithm": "RSA", "rsaBits": 1024}, "RSA PRIVATE KEY", parseRSA(1024)},
		"P256":  {p256, "EC PRIVATE KEY", parseP256},
		"25519": {object{"algorithm": "ED25519"}, "PRIVATE KEY", parseEd25519},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, tlsPlugin, func(t *testing.T, p *provider) {
				created := p.create(t, privateKey, test.inputs.properties())
				for _, output := range privateOutputs {
					require.True(t, created.outputs[output].IsSecret(), "%s is not secret", output)
				}
				key := test.parse(t, created.der(t, "privateKeyPem", test.pemType))
				again, err := x509.ParsePKCS8PrivateKey(created.der(t, "privateKeyPemPkcs8", "PRIVATE KEY"))
				require.NoError(t, err)
				require.True(t, again.(comparable).Equal(key))

				public, err := x509.MarshalPKIXPublicKey(key.Public())
				require.NoError(t, err)
				require.Equal(t, public, created.der(t, "publicKeyPem", "PUBLIC KEY"))
				require.Equal(t, sha1Of(bytes.TrimSpace(public)), created.id)
				requireOpenSSH(t, created, key)
				requireUnchanged(t, p.diff(t, created, test.inputs.properties()))
				require.Equal(t, created.outputs["privateKeyPem"], p.read(t, created).outputs["privateKeyPem"])
				require.NoError(t, p.delete(t, created))
			})
		})
	}
}

// requireOpenSSH wants the OpenSSH forms to hold the key.
func requireOpenSSH(t *testing.T, created state, key crypto.Signer) {
	t.Helper()
	signer, err := ssh.ParsePrivateKey([]byte(created.text(t, "privateKeyOpenssh")))
	require.NoError(t, err)
	public, err := ssh.NewPublicKey(key.Public())
	require.NoError(t, err)
	require.Equal(t, public.Marshal(), signer.PublicKey().Marshal())
	require.Equal(t, string(ssh.MarshalAuthorizedKey(public)), created.text(t, "publicKeyOpenssh"))
	require.Equal(t, ssh.FingerprintLegacyMD5(public), created.text(t, "publicKeyFingerprintMd5"))
	require.Equal(t, ssh.FingerprintSHA256(public), created.text(t, "publicKeyFingerprintSha256"))
}

func TestPrivateKeyDefaults(t *testing.T) {
	onBoth(t, tlsPlugin, func(t *testing.T, p *provider) {
		inputs, failures := p.check(t, privateKey, object{"algorithm": "ED25519"}.properties())
		require.Empty(t, failures)
		require.Equal(t, object{"algorithm": "ED25519"}.properties(), inputs, "defaults are not inputs")
		created := p.create(t, privateKey, object{"algorithm": "ED25519"}.properties())
		require.EqualValues(t, 2048, created.outputs["rsaBits"].NumberValue())
		require.Equal(t, "P224", created.text(t, "ecdsaCurve"))
	})
}

func TestPrivateKeyPreviewMakesNone(t *testing.T) {
	onBoth(t, tlsPlugin, func(t *testing.T, p *provider) {
		outputs := p.preview(t, privateKey, object{"algorithm": "ED25519"}.properties())
		for _, output := range append(privateOutputs, "publicKeyPem", "publicKeyOpenssh") {
			require.True(t, outputs[output].ContainsUnknowns(), "%s is known", output)
		}
	})
}

func TestPrivateKeyIsReplacedByAnyChange(t *testing.T) {
	onBoth(t, tlsPlugin, func(t *testing.T, p *provider) {
		created := p.create(t, privateKey, p256.properties())
		for property, value := range sorted(object{"algorithm": "ED25519", "rsaBits": 4096}) {
			requireReplace(t, p.diff(t, created, p256.with(property, value).properties()), property)
		}
		requireUnchanged(t, p.diff(t, created, p256.with("rsaBits", 2048).properties()))

		created = p.create(t, privateKey, object{"algorithm": "ED25519"}.properties())
		requireReplace(t, p.diff(t, created, object{"algorithm": "ED25519", "ecdsaCurve": "P256"}.properties()), "ecdsaCurve")
	})
}

func TestPrivateKeyIsRefused(t *testing.T) {
	onBoth(t, tlsPlugin, func(t *testing.T, p *provider) {
		_, failures := p.check(t, privateKey, object{"algorithm": "DSA"}.properties())
		requireRefused(t, failures, "algorithm", "must be one of", `"RSA" "ECDSA" "ED25519"`, `got: "DSA"`)
		_, failures = p.check(t, privateKey, object{"algorithm": "ECDSA", "ecdsaCurve": "P42"}.properties())
		requireRefused(t, failures, "ecdsaCurve", "must be one of", `"P256"`, `got: "P42"`)
		_, failures = p.check(t, privateKey, object{}.properties())
		requireRefused(t, failures, "algorithm")
		_, err := p.tryCreate(t, privateKey, object{"algorithm": "RSA", "rsaBits": 512}.properties())
		require.ErrorContains(t, err, "512-bit keys are insecure")
	})
}

// The stand-in refuses what it does not do. It does not ignore it. P224 is the
// plugin's default.
func TestStandInRefusesOtherCurves(t *testing.T) {
	p := standIn(t, tlsPlugin)
	for _, curve := range []any{nil, "P224", "P384", "P521"} {
		_, failures := p.check(t, privateKey, p256.with("ecdsaCurve", curve).properties())
		requireRefused(t, failures, "ecdsaCurve", `must be one of: ["P256"] for the stand-in for the tls plugin`)
	}
}

func parseRSA(bits int) func(*testing.T, []byte) crypto.Signer {
	return func(t *testing.T, der []byte) crypto.Signer {
		key, err := x509.ParsePKCS1PrivateKey(der)
		require.NoError(t, err)
		require.Equal(t, bits, key.N.BitLen())
		return key
	}
}

func parseP256(t *testing.T, der []byte) crypto.Signer {
	key, err := x509.ParseECPrivateKey(der)
	require.NoError(t, err)
	require.Equal(t, elliptic.P256(), key.Curve)
	return key
}

func parseEd25519(t *testing.T, der []byte) crypto.Signer {
	key, err := x509.ParsePKCS8PrivateKey(der)
	require.NoError(t, err)
	require.IsType(t, ed25519.PrivateKey{}, key)
	return key.(crypto.Signer)
}

func sha1Of(content []byte) string {
	sum := sha1.Sum(content)
	return hex.EncodeToString(sum[:])
}
