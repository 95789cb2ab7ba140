package vpn

import (
	"crypto/ed25519"
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-tls/sdk/v5/go/tls"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"tripvpn/infra/config"
	"tripvpn/internal/pki"
)

// Sizes of RSA keys in bits: the original post's for leaves, which are valid for
// a year, and more for CAs, which are valid for many (NIST SP 800-57, part 1,
// 5.6.1).
const (
	rsaLeafBits = 2048
	rsaCABits   = 3072
)

// leafKey returns the arguments of a leaf's key; caKey returns those of a CA's.
func leafKey(a config.KeyAlgorithm) *tls.PrivateKeyArgs { return keyArgs(a, rsaLeafBits) }
func caKey(a config.KeyAlgorithm) *tls.PrivateKeyArgs   { return keyArgs(a, rsaCABits) }

func keyArgs(a config.KeyAlgorithm, rsaBits int) *tls.PrivateKeyArgs {
	if a == config.RSA {
		return &tls.PrivateKeyArgs{Algorithm: pulumi.String("RSA"), RsaBits: pulumi.Int(rsaBits)}
	}
	return &tls.PrivateKeyArgs{Algorithm: pulumi.String("ECDSA"), EcdsaCurve: pulumi.String("P256")}
}

// ed25519Key are the arguments of an SSH key, or of a seed of 256 bits.
var ed25519Key = &tls.PrivateKeyArgs{Algorithm: pulumi.String("ED25519")}

// secretPEM returns a key as PEM (PKCS #8), marked secret, so that its secrecy
// does not depend on the plugin.
func secretPEM(key *tls.PrivateKey) pulumi.StringOutput {
	return pulumi.ToSecret(key.PrivateKeyPemPkcs8).(pulumi.StringOutput)
}

// secretSSH returns a key in OpenSSH's format, marked secret.
func secretSSH(key *tls.PrivateKey) pulumi.StringOutput {
	return pulumi.ToSecret(key.PrivateKeyOpenssh).(pulumi.StringOutput)
}

// seedOf returns the 32 secret bytes of an Ed25519 key given as PEM (RFC 8032,
// section 5.1.5). Control-channel keys are derived from them.
func seedOf(keyPEM string) ([]byte, error) {
	key, err := pki.PrivateKey(keyPEM)
	if err != nil {
		return nil, fmt.Errorf("reading the control channel's seed: %w", err)
	}
	private, ok := key.(ed25519.PrivateKey)
	if !ok {
		return nil, errors.New("the control channel's seed is not an Ed25519 key")
	}
	return private.Seed(), nil
}
