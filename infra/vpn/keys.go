package vpn

import (
	"crypto/ed25519"
	"errors"

	"github.com/pulumi/pulumi-tls/sdk/v5/go/tls"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// The keys that we make: ECDSA on P-256 for certificates, which every OpenVPN
// client takes, and Ed25519 for SSH and as a source of 256 secret bits.
var (
	ecdsaKey   = &tls.PrivateKeyArgs{Algorithm: pulumi.String("ECDSA"), EcdsaCurve: pulumi.String("P256")}
	ed25519Key = &tls.PrivateKeyArgs{Algorithm: pulumi.String("ED25519")}
)

// secretPEM is a key in PKCS #8 form. It is marked as a secret here, too, so
// that it does not depend on a plugin to be one.
func secretPEM(key *tls.PrivateKey) pulumi.StringOutput {
	return pulumi.ToSecret(key.PrivateKeyPemPkcs8).(pulumi.StringOutput)
}

// secretSSH is a key in OpenSSH's form, marked as a secret.
func secretSSH(key *tls.PrivateKey) pulumi.StringOutput {
	return pulumi.ToSecret(key.PrivateKeyOpenssh).(pulumi.StringOutput)
}

// seedOf returns the 32 secret octets of an Ed25519 key in PEM form, from
// which control-channel keys are derived (RFC 8032, section 5.1.5).
func seedOf(keyPEM string) ([]byte, error) {
	key, err := parsePrivateKey(keyPEM)
	if err != nil {
		return nil, err
	}
	private, ok := key.(ed25519.PrivateKey)
	if !ok {
		return nil, errors.New("the control channel's seed is not an Ed25519 key")
	}
	return private.Seed(), nil
}
