package vpn

import (
	"fmt"
	"net/netip"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"tripvpn/bootstrap/spec"
	"tripvpn/controlchannel"
)

// Port is the UDP port that OpenVPN serves, IANA's for it.
const Port = 1194

// resolvers are pushed to clients: public ones, never the VPC's, which would
// not answer them. Cloudflare's and Quad9's, two addresses of each family.
var resolvers = []netip.Addr{
	netip.MustParseAddr("1.1.1.1"),
	netip.MustParseAddr("9.9.9.9"),
	netip.MustParseAddr("2606:4700:4700::1111"),
	netip.MustParseAddr("2620:fe::fe"),
}

// HostSpecs are what a host is told: first of its network, then everything.
type HostSpecs struct {
	Network pulumi.String       // JSON, no secret in it
	Whole   pulumi.StringOutput // JSON, secret
}

// NewHostSpecs writes the specs, which are the same for every region.
func NewHostSpecs(c Config, a *Authority, server Leaf, clients []Leaf) (HostSpecs, error) {
	network := spec.Spec{
		Version: spec.Version,
		Network: spec.Network{Subnet: c.Subnet, Subnet6: c.Subnet6, Port: Port},
		Until:   c.End,
	}
	networkAlone, err := network.Encode()
	if err != nil {
		return HostSpecs{}, err
	}
	admitted, revoked := partition(clients, c.Admits)
	certificates := pulumi.StringArray{}
	for _, client := range admitted {
		certificates = append(certificates, client.Certificate)
	}
	whole := pulumi.All(a.Root, a.Intermediate, a.CRLs(revoked), a.Seed, server.Certificate, server.Key, certificates).
		ApplyT(func(values []any) (string, error) {
			pem := func(i int) string { return values[i].(string) }
			key, err := serverKey(pem(3), c.Cryptography.ControlChannel)
			if err != nil {
				return "", err
			}
			mayConnect, err := specClients(admitted, values[6].([]string))
			if err != nil {
				return "", err
			}
			both := network
			both.VPN = &spec.VPN{
				Name:           c.Name,
				Style:          c.Cryptography.Style,
				DNS:            resolvers,
				Clients:        mayConnect,
				CA:             pem(1) + pem(0),
				CRLs:           pem(2),
				Certificate:    pem(4),
				Key:            spec.Secret(pem(5)),
				ControlChannel: spec.ControlChannel{Mode: c.Cryptography.ControlChannel, Key: spec.Secret(key)},
			}
			text, err := both.Encode()
			return string(text), err
		}).(pulumi.StringOutput)
	return HostSpecs{pulumi.String(networkAlone), pulumi.ToSecret(whole).(pulumi.StringOutput)}, nil
}

// partition tells the leaves of clients that are admitted from the others.
func partition(clients []Leaf, admits func(string) bool) (admitted, others []Leaf) {
	for _, client := range clients {
		if admits(client.Name) {
			admitted = append(admitted, client)
		} else {
			others = append(others, client)
		}
	}
	return admitted, others
}

// specClients are the clients whose leaves have those certificates.
func specClients(leaves []Leaf, certificates []string) ([]spec.Client, error) {
	clients := []spec.Client{}
	for i, leaf := range leaves {
		end, err := endOf(certificates[i])
		if err != nil {
			return nil, fmt.Errorf("reading the certificate of client %q: %w", leaf.Name, err)
		}
		clients = append(clients, spec.Client{Name: leaf.Name, NotAfter: end})
	}
	return clients, nil
}

func serverKey(seedPEM string, mode controlchannel.Mode) (string, error) {
	seed, err := seedOf(seedPEM)
	if err != nil {
		return "", err
	}
	return controlchannel.DeriveServer(seed, mode)
}
