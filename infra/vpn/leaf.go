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

// purpose is a leaf's extended key usage. OpenVPN's --remote-cert-tls requires it
// of the peer.
type purpose string

const (
	serverPurpose purpose = "server_auth"
	clientPurpose purpose = "client_auth"
)

// ServerName returns the common name of the server's leaf, which clients pin.
func ServerName(trip string) string { return trip + "-server" }

// IssueServer issues the server's leaf, which all regions share.
func (a *Authority) IssueServer(ctx *pulumi.Context) (Leaf, error) {
	return a.newLeaf(ctx, "server", leafArgs{ServerName(a.name), serverPurpose, serverRenewalHours})
}

// IssueClients issues a leaf for each device.
func (a *Authority) IssueClients(ctx *pulumi.Context, clients []string) ([]Leaf, error) {
	var leaves []Leaf
	for _, client := range clients {
		leaf, err := a.newLeaf(ctx, "client-"+client, leafArgs{client, clientPurpose, noEarlyRenewal})
		if err != nil {
			return nil, err
		}
		leaves = append(leaves, leaf)
	}
	return leaves, nil
}

// leafArgs are the properties in which leaves differ.
type leafArgs struct {
	commonName   string
	use          purpose
	renewalHours int // before its end, in which an update replaces it
}

// noEarlyRenewal keeps a certificate until its end. The next update after the end
// replaces it; the tls provider has no option to prevent that
// (modifyPlanIfCertificateReadyForRenewal in terraform-provider-tls).
const noEarlyRenewal = 0

func (a *Authority) newLeaf(ctx *pulumi.Context, role string, args leafArgs) (Leaf, error) {
	key, err := a.newKey(ctx, role, leafKey(a.keys))
	if err != nil {
		return Leaf{}, err
	}
	request, err := a.newRequest(ctx, role, args.commonName, key)
	if err != nil {
		return Leaf{}, err
	}
	certificate, err := tls.NewLocallySignedCert(ctx, a.name+"-"+role, &tls.LocallySignedCertArgs{
		CertRequestPem:      request.CertRequestPem,
		CaCertPem:           a.Intermediate,
		CaPrivateKeyPem:     secretPEM(a.issuer),
		AllowedUses:         pulumi.ToStringArray([]string{"digital_signature", string(args.use)}),
		SetSubjectKeyId:     pulumi.Bool(true),
		ValidityPeriodHours: pulumi.Int(leafHours),
		EarlyRenewalHours:   pulumi.Int(args.renewalHours),
	}, pulumi.Parent(a))
	if err != nil {
		return Leaf{}, err
	}
	return Leaf{args.commonName, certificate.CertPem, secretPEM(key)}, nil
}

// newRequest creates a certificate request, signed with the key.
func (a *Authority) newRequest(ctx *pulumi.Context, role, commonName string, key *tls.PrivateKey) (*tls.CertRequest, error) {
	return tls.NewCertRequest(ctx, a.name+"-"+role, &tls.CertRequestArgs{
		PrivateKeyPem: secretPEM(key),
		Subject:       &tls.CertRequestSubjectArgs{CommonName: pulumi.String(commonName)},
	}, pulumi.Parent(a))
}

func (a *Authority) newKey(ctx *pulumi.Context, role string, args *tls.PrivateKeyArgs) (*tls.PrivateKey, error) {
	return tls.NewPrivateKey(ctx, a.name+"-"+role, args, pulumi.Parent(a))
}
