package vpn

import (
	"fmt"
	"net/netip"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"tripvpn/infra/config"
	"tripvpn/internal/controlchannel"
	"tripvpn/internal/spec"
	"tripvpn/templates"
)

// NewProfile returns the only file that a device needs, a secret. It contains the
// domain, if there is one, or else the servers' addresses in the order of the
// regions.
func NewProfile(c config.Config, a *Authority, client Leaf, sites []*Site) pulumi.StringOutput {
	profile := pulumi.All(a.Root, a.Intermediate, a.Seed, client.Certificate, client.Key, serverAddresses(c, sites)).
		ApplyT(func(v []any) (string, error) {
			return renderProfile(c, client.Name, profileInputs{
				root: v[0].(string), intermediate: v[1].(string), seed: v[2].(string),
				certificate: v[3].(string), key: v[4].(string), addresses: v[5].([]string),
			})
		}).(pulumi.StringOutput)
	return pulumi.ToSecret(profile).(pulumi.StringOutput)
}

// profileInputs are the parts of a device's profile. All except the addresses are PEM.
type profileInputs struct {
	root, intermediate, seed string
	certificate, key         string   // the device's
	addresses                []string // the servers', in the order of the regions; none with a domain
}

func renderProfile(c config.Config, client string, b profileInputs) (string, error) {
	if err := checkLifetime(b.certificate, b.intermediate); err != nil {
		return "", err
	}
	seed, err := seedOf(b.seed)
	if err != nil {
		return "", err
	}
	key, err := controlchannel.DeriveClient(seed, c.Cryptography.ControlChannel, client)
	if err != nil {
		return "", err
	}
	servers, err := parseAddresses(b.addresses)
	if err != nil {
		return "", fmt.Errorf("writing a profile: the servers' addresses: %w", err)
	}
	routes, err := tunnelRoutes(c.Routes, c.DNS, serverNetworks(servers))
	if err != nil {
		return "", err
	}
	return templates.Client{
		ServerName:        ServerName(c.Name),
		Remotes:           remotes(c, servers),
		Named:             c.Domain != config.Domain{},
		Split:             !c.Routes.All(),
		Routes:            templates.NewRoutes(routes),
		Classic:           c.Cryptography.Style == spec.Classic,
		CA:                b.root,
		Certificate:       b.certificate,
		Key:               b.key,
		ControlChannel:    string(c.Cryptography.ControlChannel),
		ControlChannelKey: key,
	}.Render()
}

func parseAddresses(texts []string) ([]netip.Addr, error) {
	var addresses []netip.Addr
	for _, text := range texts {
		address, err := netip.ParseAddr(text)
		if err != nil {
			return nil, err
		}
		addresses = append(addresses, address)
	}
	return addresses, nil
}

// serverNetworks returns what a profile does not route through the tunnel: a server's
// IPv4 address, or the IPv6 network of its VPC, which contains nothing else. A single
// IPv6 address would need more than twice as many routes.
func serverNetworks(servers []netip.Addr) []netip.Prefix {
	var networks []netip.Prefix
	for _, address := range servers {
		bits := 32
		if address.Is6() {
			bits = vpcBits6
		}
		networks = append(networks, netip.PrefixFrom(address, bits).Masked())
	}
	return networks
}

// remotes returns the hosts and ports that a client tries, in order: the first
// listener's port on every host, then the next listener's. IPv6 addresses come after
// all that, because each costs a device without IPv6 some seconds.
func remotes(c config.Config, servers []netip.Addr) []templates.Remote {
	var families [2][]string
	for _, address := range servers {
		family := &families[0]
		if address.Is6() {
			family = &families[1]
		}
		*family = append(*family, address.String())
	}
	if (c.Domain != config.Domain{}) {
		families[0] = []string{c.Domain.Name}
	}
	var all []templates.Remote
	for _, hosts := range families {
		for _, l := range listeners(c) {
			for _, host := range hosts {
				all = append(all, templates.Remote{Host: host, Port: l.Port, Protocol: string(l.Protocol)})
			}
		}
	}
	return all
}

// serverAddresses returns the servers' addresses of both families. With a domain there
// are none, because they can change.
func serverAddresses(c config.Config, sites []*Site) pulumi.StringArray {
	addresses := pulumi.StringArray{}
	if (c.Domain != config.Domain{}) {
		return addresses
	}
	for _, site := range sites {
		addresses = append(addresses, site.Address)
		if c.IPv6 {
			addresses = append(addresses, site.Address6)
		}
	}
	return addresses
}
