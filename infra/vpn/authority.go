package vpn

import (
	"github.com/pulumi/pulumi-tls/sdk/v5/go/tls"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"tripvpn/infra/config"
)

const authorityType = "tripvpn:vpn:Authority"

// Authority is the trip's public key infrastructure: a root CA, an
// intermediate CA that signs every leaf, and the seed of the control channel's
// keys. It knows no region, so it survives every move, and its keys never
// leave the stack's state.
type Authority struct {
	pulumi.ResourceState

	Root         pulumi.StringOutput // PEM: all that a client has to trust
	Intermediate pulumi.StringOutput // PEM
	Seed         pulumi.StringOutput // PEM, secret: what control-channel keys are derived from

	name            string
	keys            config.KeyAlgorithm
	rootKey, issuer *tls.PrivateKey // issuer is the intermediate's
}

// NewAuthority makes both CAs.
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

// CRLs returns the intermediate's list, which revokes the given leaves, then
// the root's, as PEM.
func (a *Authority) CRLs(revoked []Leaf) pulumi.StringOutput {
	leaves := pulumi.StringArray{}
	for _, leaf := range revoked {
		leaves = append(leaves, leaf.Certificate)
	}
	return pulumi.Sprintf("%s%s",
		signedCRL(a.Intermediate, a.issuer, leaves), signedCRL(a.Root, a.rootKey, pulumi.StringArray{}))
}

// newRoot signs the root with its own key. The path length 1 leaves room for
// the one intermediate and for no CA below it (RFC 5280, section 4.2.1.9).
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

// newIntermediate signs the intermediate with the root. The path length 0
// says that it signs leaves and no further CA. The tls plugin, up to 5.5.1 at
// least, forgets to write a 0 (createCertificate in terraform-provider-tls,
// which would have to set MaxPathLenZero), so what enforces it is the root's.
//
// Its name is shorter than the root's on purpose. When OpenVPN up to 2.7 reads
// revocation lists again, it forgets the old ones one by one, and of two that
// follow each other it skips the second (backend_tls_ctx_reload_crl in
// ssl_openssl.c). OpenSSL sorts them by issuer, shorter names first, so the one
// that is skipped is the root's, which never changes.
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

// signedCRL is public: its secrecy, inherited from the key, is taken off.
func signedCRL(issuer pulumi.StringOutput, key *tls.PrivateKey, revoked pulumi.StringArray) pulumi.StringOutput {
	crl := pulumi.All(issuer, secretPEM(key), revoked).ApplyT(func(values []any) (string, error) {
		return SignCRL(values[0].(string), values[1].(string), values[2].([]string))
	}).(pulumi.StringOutput)
	return pulumi.Unsecret(crl).(pulumi.StringOutput)
}
