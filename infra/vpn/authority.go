package vpn

import (
	"github.com/pulumi/pulumi-tls/sdk/v5/go/tls"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
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
	CRLs         pulumi.StringOutput // PEM: the intermediate's, then the root's
	Seed         pulumi.StringOutput // PEM, secret: what control-channel keys are derived from

	name   string
	issuer *tls.PrivateKey
}

// NewAuthority makes both CAs.
func NewAuthority(ctx *pulumi.Context, name string) (*Authority, error) {
	a := &Authority{name: name}
	if err := ctx.RegisterComponentResource(authorityType, name, a); err != nil {
		return nil, err
	}
	rootKey, err := a.newKey(ctx, "root", ecdsaKey)
	if err != nil {
		return nil, err
	}
	root, err := a.newRoot(ctx, rootKey)
	if err != nil {
		return nil, err
	}
	if a.issuer, err = a.newKey(ctx, "intermediate", ecdsaKey); err != nil {
		return nil, err
	}
	intermediate, err := a.newIntermediate(ctx, root, rootKey)
	if err != nil {
		return nil, err
	}
	seed, err := a.newKey(ctx, "control-channel", ed25519Key)
	if err != nil {
		return nil, err
	}
	a.Root = root.CertPem
	a.Intermediate = intermediate.CertPem
	a.CRLs = pulumi.Sprintf("%s%s", signedCRL(intermediate.CertPem, a.issuer), signedCRL(root.CertPem, rootKey))
	a.Seed = secretPEM(seed)
	return a, ctx.RegisterResourceOutputs(a, pulumi.Map{"root": a.Root})
}

// The CAs' lifetimes. A leaf never lives longer than what signed it, as long
// as it is issued in the first nine years.
const (
	caHours   = 10 * 365 * 24
	leafHours = 365 * 24
)

// newRoot signs the root with its own key. The path length 1 leaves room for
// the one intermediate and for no CA below it (RFC 5280, section 4.2.1.9).
func (a *Authority) newRoot(ctx *pulumi.Context, key *tls.PrivateKey) (*tls.SelfSignedCert, error) {
	return tls.NewSelfSignedCert(ctx, a.name+"-root", &tls.SelfSignedCertArgs{
		PrivateKeyPem:       secretPEM(key),
		Subject:             &tls.SelfSignedCertSubjectArgs{CommonName: pulumi.String(a.name + " root CA")},
		AllowedUses:         caUses,
		IsCaCertificate:     pulumi.Bool(true),
		MaxPathLength:       pulumi.Int(1),
		SetSubjectKeyId:     pulumi.Bool(true),
		SetAuthorityKeyId:   pulumi.Bool(true),
		ValidityPeriodHours: pulumi.Int(caHours),
	}, pulumi.Parent(a))
}

// newIntermediate signs the intermediate with the root. The path length 0
// says that it signs leaves and no further CA. The tls plugin, up to 5.5.1 at
// least, forgets to write a 0 (createCertificate in terraform-provider-tls,
// which would have to set MaxPathLenZero), so what enforces it is the root's.
func (a *Authority) newIntermediate(ctx *pulumi.Context, root *tls.SelfSignedCert, rootKey *tls.PrivateKey) (*tls.LocallySignedCert, error) {
	request, err := a.newRequest(ctx, "intermediate", a.name+" intermediate CA", a.issuer)
	if err != nil {
		return nil, err
	}
	return tls.NewLocallySignedCert(ctx, a.name+"-intermediate", &tls.LocallySignedCertArgs{
		CertRequestPem:      request.CertRequestPem,
		CaCertPem:           root.CertPem,
		CaPrivateKeyPem:     secretPEM(rootKey),
		AllowedUses:         caUses,
		IsCaCertificate:     pulumi.Bool(true),
		MaxPathLength:       pulumi.Int(0),
		SetSubjectKeyId:     pulumi.Bool(true),
		ValidityPeriodHours: pulumi.Int(caHours),
	}, pulumi.Parent(a))
}

var caUses = pulumi.ToStringArray([]string{"cert_signing", "crl_signing"})

// signedCRL is public: its secrecy, inherited from the key, is taken off.
func signedCRL(issuer pulumi.StringOutput, key *tls.PrivateKey) pulumi.StringOutput {
	crl := pulumi.All(issuer, secretPEM(key)).ApplyT(func(values []any) (string, error) {
		return SignCRL(values[0].(string), values[1].(string))
	}).(pulumi.StringOutput)
	return pulumi.Unsecret(crl).(pulumi.StringOutput)
}
