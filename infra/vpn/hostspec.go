package vpn

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"tripvpn/infra/config"
	"tripvpn/internal/controlchannel"
	"tripvpn/internal/pki"
	"tripvpn/internal/spec"
)

// HostSpecs are the specs that a host receives: first of only its network, then
// the whole one.
type HostSpecs struct {
	Network pulumi.StringOutput // JSON without a secret
	Whole   pulumi.StringOutput // JSON, secret
}

// NewHostSpecs returns the specs, which are the same in every region.
func NewHostSpecs(c config.Config, a *Authority, server Leaf, clients []Leaf) HostSpecs {
	network := a.Seed.ApplyT(func(seed string) (string, error) {
		s, err := networkSpec(c, seed)
		if err != nil {
			return "", err
		}
		text, err := s.Encode()
		return string(text), err
	}).(pulumi.StringOutput)
	admitted, revoked := partition(clients, c.Admits)
	whole := pulumi.All(a.Root, a.Intermediate, a.Seed, server.Certificate, server.Key, certificates(admitted), certificates(revoked)).
		ApplyT(func(v []any) (string, error) {
			return wholeSpec(c, admitted, hostInputs{
				root: v[0].(string), intermediate: v[1].(string), seed: v[2].(string),
				certificate: v[3].(string), key: v[4].(string), clients: v[5].([]string), revoked: v[6].([]string),
			})
		}).(pulumi.StringOutput)
	return HostSpecs{pulumi.Unsecret(network).(pulumi.StringOutput), pulumi.ToSecret(whole).(pulumi.StringOutput)}
}

// networkSpec returns the spec without an identity. The seed is PEM.
func networkSpec(c config.Config, seedPEM string) (spec.Spec, error) {
	seed, err := seedOf(seedPEM)
	if err != nil {
		return spec.Spec{}, err
	}
	network, err := uniqueLocalNetwork(seed)
	return spec.Spec{
		Version:     spec.Version,
		Trip:        c.Name,
		Listeners:   withSubnet6(listeners(c), network),
		IPv6:        c.IPv6,
		Logs:        c.Logs,
		Maintenance: c.Maintenance,
		Until:       c.Until,
	}, err
}

// hostInputs are the authority's outputs for a host, as PEM.
type hostInputs struct {
	root, intermediate, seed string
	certificate, key         string   // the server's
	clients, revoked         []string // certificates
}

// wholeSpec returns the network's spec with the identity, as JSON.
func wholeSpec(c config.Config, admitted []Leaf, m hostInputs) (string, error) {
	s, err := networkSpec(c, m.seed)
	if err != nil {
		return "", err
	}
	seed, err := seedOf(m.seed)
	if err != nil {
		return "", err
	}
	key, err := controlchannel.DeriveServer(seed, c.Cryptography.ControlChannel)
	if err != nil {
		return "", err
	}
	clients, err := specClients(admitted, m.clients, deviceNumbers(c.Clients, c.Subnet))
	if err != nil {
		return "", err
	}
	revoked, err := serialNumbers(m.revoked)
	if err != nil {
		return "", err
	}
	s.Identity = &spec.Identity{
		Style:          c.Cryptography.Style,
		DataPath:       c.DataPath,
		DNS:            c.DNS,
		Clients:        clients,
		CA:             m.intermediate + m.root,
		Revoked:        revoked,
		Certificate:    m.certificate,
		Key:            spec.Secret(m.key),
		ControlChannel: spec.ControlChannel{Mode: c.Cryptography.ControlChannel, Key: spec.Secret(key)},
	}
	text, err := s.Encode()
	return string(text), err
}

// partition separates the leaves of admitted clients from the rest.
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

func certificates(leaves []Leaf) pulumi.StringArray {
	all := pulumi.StringArray{}
	for _, leaf := range leaves {
		all = append(all, leaf.Certificate)
	}
	return all
}

// serialNumbers returns the sorted serial numbers of certificates, in decimal.
func serialNumbers(certificates []string) ([]string, error) {
	serials := []string{}
	for _, text := range certificates {
		certificate, err := pki.Certificate(text)
		if err != nil {
			return nil, fmt.Errorf("revoking a certificate: %w", err)
		}
		serials = append(serials, certificate.SerialNumber.String())
	}
	slices.Sort(serials)
	return serials, nil
}

// specClients returns the clients of the leaves, each with its number and the end
// of its certificate.
func specClients(leaves []Leaf, certificates []string, numbers map[string]uint32) ([]spec.Client, error) {
	clients := []spec.Client{}
	for i, leaf := range leaves {
		end, err := endOf(certificates[i])
		if err != nil {
			return nil, fmt.Errorf("reading the certificate of client %q: %w", leaf.Name, err)
		}
		clients = append(clients, spec.Client{Name: leaf.Name, Number: numbers[leaf.Name], NotAfter: end})
	}
	return clients, nil
}
