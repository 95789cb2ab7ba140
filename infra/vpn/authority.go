package vpn

import (
	"github.com/pulumi/pulumi-tls/sdk/v5/go/tls"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"tripvpn/infra/config"
)

const authorityType = "tripvpn:vpn:Authority"

// Authority is the trip's public key infrastructure: a root CA, an
// intermediate CA that signs every leaf, and the seed of the control channel's
// keys. It does not depend on a region, so it survives every move. Its keys
// never leave the stack's state.
type Authority struct {
	pulumi.ResourceState

	Root         pulumi.StringOutput // PEM: the only certificate that clients trust
	Intermediate pulumi.StringOutput // PEM
	Seed         pulumi.StringOutput // PEM, secret: source of the control-channel keys

	name            string
	keys            config.KeyAlgorithm
	rootKey, issuer *tls.PrivateKey // issuer is the intermediate's
}

// NewAuthority creates both CAs and the seed.
func NewAuthority(ctx *pulumi.Context, name string, keys config.KeyAlgorithm) (*Authority, error) {
	a := &Authority{name: name, keys: keys}
	if err := ctx.RegisterComponentResource(authorityType, name, a); err != nil {
		return nil, err
	}
	var err error
	if a.rootKey, err = a.newKey(ctx, "root", caKey(keys)); err != nil {
		return nil, err
	}
	root, err := a.newRoot(ctx)
	if err != nil {
		return nil, err
	}
	if a.issuer, err = a.newKey(ctx, "intermediate", caKey(keys)); err != nil {
		return nil, err
	}
	intermediate, err := a.newIntermediate(ctx, root)
	if err != nil {
		return nil, err
	}
	seed, err := a.newKey(ctx, "control-channel", ed25519Key)
	if err != nil {
		return nil, err
	}
	a.Root = root.CertPem
	a.Intermediate = intermediate.CertPem
	a.Seed = secretPEM(seed)
	return a, ctx.RegisterResourceOutputs(a, pulumi.Map{"root": a.Root})
}

// newRoot creates the root, signed with its own key. The path length 1 allows
// the intermediate, and no CA below it (RFC 5280, section 4.2.1.9).
func (a *Authority) newRoot(ctx *pulumi.Context) (*tls.SelfSignedCert, error) {
	return tls.NewSelfSignedCert(ctx, a.name+"-root", &tls.SelfSignedCertArgs{
		PrivateKeyPem:       secretPEM(a.rootKey),
		Subject:             &tls.SelfSignedCertSubjectArgs{CommonName: pulumi.String(a.name + " root CA")},
		AllowedUses:         caUses,
		IsCaCertificate:     pulumi.Bool(true),
		MaxPathLength:       pulumi.Int(1),
		SetSubjectKeyId:     pulumi.Bool(true),
		SetAuthorityKeyId:   pulumi.Bool(true),
		ValidityPeriodHours: pulumi.Int(rootHours),
		EarlyRenewalHours:   pulumi.Int(rootRenewalHours),
	}, pulumi.Parent(a))
}

// newIntermediate creates the intermediate, signed by the root. The path length
// 0 allows it to sign leaves, and no further CA. The tls plugin (at least up to
// 5.5.1) omits a 0, because createCertificate in terraform-provider-tls does not
// set MaxPathLenZero. So only the root's path length enforces the limit.
func (a *Authority) newIntermediate(ctx *pulumi.Context, root *tls.SelfSignedCert) (*tls.LocallySignedCert, error) {
	request, err := a.newRequest(ctx, "intermediate", a.name+" CA", a.issuer)
	if err != nil {
		return nil, err
	}
	return tls.NewLocallySignedCert(ctx, a.name+"-intermediate", &tls.LocallySignedCertArgs{
		CertRequestPem:      request.CertRequestPem,
		CaCertPem:           root.CertPem,
		CaPrivateKeyPem:     secretPEM(a.rootKey),
		AllowedUses:         caUses,
		IsCaCertificate:     pulumi.Bool(true),
		MaxPathLength:       pulumi.Int(0),
		SetSubjectKeyId:     pulumi.Bool(true),
		ValidityPeriodHours: pulumi.Int(intermediateHours),
		EarlyRenewalHours:   pulumi.Int(intermediateRenewalHours),
	}, pulumi.Parent(a))
}

var caUses = pulumi.ToStringArray([]string{"cert_signing", "crl_signing"})
