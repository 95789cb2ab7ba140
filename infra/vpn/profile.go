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
	profile := pulumi.All(a.Root, a.Intermediate, a.Seed, client.Certificate, client.Key, remoteHosts(c, sites)).
		ApplyT(func(v []any) (string, error) {
			return renderProfile(c, client.Name, profileInputs{
				root: v[0].(string), intermediate: v[1].(string), seed: v[2].(string),
				certificate: v[3].(string), key: v[4].(string), hosts: v[5].([]string),
			})
		}).(pulumi.StringOutput)
	return pulumi.ToSecret(profile).(pulumi.StringOutput)
}

// profileInputs are the parts of a device's profile. All except the hosts are PEM.
type profileInputs struct {
	root, intermediate, seed string
	certificate, key         string   // the device's
	hosts                    []string // the servers' names or addresses
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
	routes, err := routesOf(c, b.hosts)
	if err != nil {
		return "", err
	}
	return templates.Client{
		ServerName:        ServerName(c.Name),
		Remotes:           remotes(c, b.hosts),
		Named:             c.Domain != config.Domain{},
		Routes:            routes,
		Classic:           c.Cryptography.Style == spec.Classic,
		CA:                b.root,
		Certificate:       b.certificate,
		Key:               b.key,
		ControlChannel:    string(c.Cryptography.ControlChannel),
		ControlChannelKey: key,
	}.Render()
}

// routesOf returns the networks to route through the tunnel: all IPv4 addresses
// except the servers'. With a domain there are none, because its addresses can
// change.
func routesOf(c config.Config, hosts []string) ([]templates.Route, error) {
	if (c.Domain != config.Domain{}) {
		return nil, nil
	}
	var servers []netip.Addr
	for _, host := range hosts {
		address, err := netip.ParseAddr(host)
		if err != nil || !address.Is4() {
			return nil, fmt.Errorf("writing a profile: the server's address %q is not an IPv4 address", host)
		}
		servers = append(servers, address)
	}
	var routes []templates.Route
	for _, network := range everythingBut(servers) {
		routes = append(routes, templates.Route{Prefix: network})
	}
	return routes, nil
}

// remotes returns the hosts and ports that a client tries, in order: the first
// listener's port on every host, then the next listener's.
func remotes(c config.Config, hosts []string) []templates.Remote {
	var all []templates.Remote
	for _, l := range listeners(c) {
		for _, host := range hosts {
			all = append(all, templates.Remote{Host: host, Port: l.Port, Protocol: string(l.Protocol)})
		}
	}
	return all
}

// remoteHosts returns the domain, or else the servers' addresses.
func remoteHosts(c config.Config, sites []*Site) pulumi.StringArray {
	if (c.Domain != config.Domain{}) {
		return pulumi.StringArray{pulumi.String(c.Domain.Name)}
	}
	addresses := pulumi.StringArray{}
	for _, site := range sites {
		addresses = append(addresses, site.Address)
	}
	return addresses
}
