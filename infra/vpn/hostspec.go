package vpn

import (
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
func NewHostSpecs(c Config, a *Authority, server Leaf) (HostSpecs, error) {
	network := spec.Spec{
		Version: spec.Version,
		Network: spec.Network{Subnet: c.Subnet, Subnet6: c.Subnet6, Port: Port},
	}
	networkAlone, err := network.Encode()
	if err != nil {
		return HostSpecs{}, err
	}
	whole := pulumi.All(a.Root, a.Intermediate, a.CRLs, a.Seed, server.Certificate, server.Key).
		ApplyT(func(values []any) (string, error) {
			pem := func(i int) string { return values[i].(string) }
			key, err := serverKey(pem(3))
			if err != nil {
				return "", err
			}
			both := network
			both.VPN = &spec.VPN{
				Name:              c.Name,
				DNS:               resolvers,
				Clients:           c.Clients,
				CA:                pem(1) + pem(0),
				CRLs:              pem(2),
				Certificate:       pem(4),
				Key:               spec.Secret(pem(5)),
				ControlChannelKey: spec.Secret(key.Text()),
			}
			text, err := both.Encode()
			return string(text), err
		}).(pulumi.StringOutput)
	return HostSpecs{pulumi.String(networkAlone), pulumi.ToSecret(whole).(pulumi.StringOutput)}, nil
}

func serverKey(seedPEM string) (controlchannel.ServerKey, error) {
	seed, err := seedOf(seedPEM)
	if err != nil {
		return controlchannel.ServerKey{}, err
	}
	return controlchannel.DeriveServerKey(seed)
}
