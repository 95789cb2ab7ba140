package conformance

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
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
	require.NotNil(t, block, "%s is no PEM", name)
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
		ssh     bool
	}{
		"RSA":   {object{"algorithm": "RSA", "rsaBits": 1024}, "RSA PRIVATE KEY", parseRSA(1024), true},
		"P224":  {object{"algorithm": "ECDSA"}, "EC PRIVATE KEY", parseECDSA("P-224"), false},
		"P256":  {object{"algorithm": "ECDSA", "ecdsaCurve": "P256"}, "EC PRIVATE KEY", parseECDSA("P-256"), true},
		"P384":  {object{"algorithm": "ECDSA", "ecdsaCurve": "P384"}, "EC PRIVATE KEY", parseECDSA("P-384"), true},
		"P521":  {object{"algorithm": "ECDSA", "ecdsaCurve": "P521"}, "EC PRIVATE KEY", parseECDSA("P-521"), true},
		"25519": {object{"algorithm": "ED25519"}, "PRIVATE KEY", parseEd25519, true},
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
				requireOpenSSH(t, created, key, test.ssh)
				requireUnchanged(t, p.diff(t, created, test.inputs.properties()))
				require.Equal(t, created.outputs["privateKeyPem"], p.read(t, created).outputs["privateKeyPem"])
				require.NoError(t, p.delete(t, created))
			})
		})
	}
}

// requireOpenSSH wants the OpenSSH forms to hold the key, or, of a curve that
// OpenSSH does not know, to be empty.
func requireOpenSSH(t *testing.T, created state, key crypto.Signer, supported bool) {
	t.Helper()
	if !supported {
		for _, output := range []resource.PropertyKey{"privateKeyOpenssh", "publicKeyOpenssh", "publicKeyFingerprintMd5", "publicKeyFingerprintSha256"} {
			require.Empty(t, created.text(t, output))
		}
		return
	}
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
		inputs := object{"algorithm": "ECDSA", "ecdsaCurve": "P256"}
		created := p.create(t, privateKey, inputs.properties())
		for property, value := range (object{"algorithm": "ED25519", "ecdsaCurve": "P384", "rsaBits": 4096}) {
			requireReplace(t, p.diff(t, created, inputs.with(property, value).properties()), property)
		}
		requireReplace(t, p.diff(t, created, inputs.with("ecdsaCurve", nil).properties()), "ecdsaCurve")
		requireUnchanged(t, p.diff(t, created, inputs.with("rsaBits", 2048).properties()))
	})
}

func TestPrivateKeyIsRefused(t *testing.T) {
	onBoth(t, tlsPlugin, func(t *testing.T, p *provider) {
		_, failures := p.check(t, privateKey, object{"algorithm": "DSA"}.properties())
		requireRefused(t, failures, "algorithm", "must be one of", `"RSA" "ECDSA" "ED25519"`, `got: "DSA"`)
		_, failures = p.check(t, privateKey, object{"algorithm": "ECDSA", "ecdsaCurve": "P42"}.properties())
		requireRefused(t, failures, "ecdsaCurve", "must be one of", `"P224" "P256" "P384" "P521"`, `got: "P42"`)
		_, failures = p.check(t, privateKey, object{}.properties())
		requireRefused(t, failures, "algorithm")
		_, err := p.tryCreate(t, privateKey, object{"algorithm": "RSA", "rsaBits": 512}.properties())
		require.ErrorContains(t, err, "512-bit keys are insecure")
	})
}

func parseRSA(bits int) func(*testing.T, []byte) crypto.Signer {
	return func(t *testing.T, der []byte) crypto.Signer {
		key, err := x509.ParsePKCS1PrivateKey(der)
		require.NoError(t, err)
		require.Equal(t, bits, key.N.BitLen())
		return key
	}
}

func parseECDSA(curve string) func(*testing.T, []byte) crypto.Signer {
	return func(t *testing.T, der []byte) crypto.Signer {
		key, err := x509.ParseECPrivateKey(der)
		require.NoError(t, err)
		require.Equal(t, curve, key.Curve.Params().Name)
		return key
	}
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
