package vpn

import (
	"github.com/pulumi/pulumi-tls/sdk/v5/go/tls"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Leaf is an end-entity certificate with its key.
type Leaf struct {
	Name        string              // the common name
	Certificate pulumi.StringOutput // PEM
	Key         pulumi.StringOutput // PEM (PKCS #8), secret
}

// purpose is what a leaf may be used for: the extended key usages that
// OpenVPN's --remote-cert-tls asks for on the other side.
type purpose string

const (
	serverPurpose purpose = "server_auth"
	clientPurpose purpose = "client_auth"
)

// ServerName is the common name of the server's leaf, which clients pin.
func ServerName(trip string) string { return trip + "-server" }

// NewServer issues the server's leaf. Every region serves with the same one.
func (a *Authority) NewServer(ctx *pulumi.Context) (Leaf, error) {
	return a.newLeaf(ctx, "server", ServerName(a.name), serverPurpose)
}

// NewClient issues the leaf of one device.
func (a *Authority) NewClient(ctx *pulumi.Context, client string) (Leaf, error) {
	return a.newLeaf(ctx, "client-"+client, client, clientPurpose)
}

func (a *Authority) newLeaf(ctx *pulumi.Context, role, commonName string, use purpose) (Leaf, error) {
	key, err := a.newKey(ctx, role, ecdsaKey)
	if err != nil {
		return Leaf{}, err
	}
	request, err := a.newRequest(ctx, role, commonName, key)
	if err != nil {
		return Leaf{}, err
	}
	certificate, err := tls.NewLocallySignedCert(ctx, a.name+"-"+role, &tls.LocallySignedCertArgs{
		CertRequestPem:      request.CertRequestPem,
		CaCertPem:           a.Intermediate,
		CaPrivateKeyPem:     secretPEM(a.issuer),
		AllowedUses:         pulumi.ToStringArray([]string{"digital_signature", string(use)}),
		SetSubjectKeyId:     pulumi.Bool(true),
		ValidityPeriodHours: pulumi.Int(leafHours),
	}, pulumi.Parent(a))
	if err != nil {
		return Leaf{}, err
	}
	return Leaf{commonName, certificate.CertPem, secretPEM(key)}, nil
}

// newRequest asks for a certificate: it proves that whoever asks has the key.
func (a *Authority) newRequest(ctx *pulumi.Context, role, commonName string, key *tls.PrivateKey) (*tls.CertRequest, error) {
	return tls.NewCertRequest(ctx, a.name+"-"+role, &tls.CertRequestArgs{
		PrivateKeyPem: secretPEM(key),
		Subject:       &tls.CertRequestSubjectArgs{CommonName: pulumi.String(commonName)},
	}, pulumi.Parent(a))
}

func (a *Authority) newKey(ctx *pulumi.Context, role string, args *tls.PrivateKeyArgs) (*tls.PrivateKey, error) {
	return tls.NewPrivateKey(ctx, a.name+"-"+role, args, pulumi.Parent(a))
}
