package vpn

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"tripvpn/bootstrap/spec"
	"tripvpn/controlchannel"
	"tripvpn/templates"
)

// NewProfile writes the one file that a device needs: everything is in it, and
// it is a secret. It names the domain, if there is one, or else the servers'
// addresses in the order of the regions.
func NewProfile(c Config, a *Authority, client Leaf, sites []*Site) pulumi.StringOutput {
	profile := pulumi.All(a.Root, a.Seed, client.Certificate, client.Key, remotes(c, sites), a.Intermediate).
		ApplyT(func(values []any) (string, error) {
			pem := func(i int) string { return values[i].(string) }
			if err := checkLifetime(pem(2), pem(5)); err != nil {
				return "", err
			}
			key, err := clientKey(pem(1), c.Cryptography.ControlChannel, client.Name)
			if err != nil {
				return "", err
			}
			return templates.Client{
				ServerName:        ServerName(c.Name),
				Remotes:           values[4].([]string),
				Port:              Port,
				Named:             c.Domain != Domain{},
				Classic:           c.Cryptography.Style == spec.Classic,
				CA:                pem(0),
				Certificate:       pem(2),
				Key:               pem(3),
				ControlChannel:    string(c.Cryptography.ControlChannel),
				ControlChannelKey: key,
			}.Render()
		}).(pulumi.StringOutput)
	return pulumi.ToSecret(profile).(pulumi.StringOutput)
}

// remotes are what clients connect to.
func remotes(c Config, sites []*Site) pulumi.StringArray {
	if (c.Domain != Domain{}) {
		return pulumi.StringArray{pulumi.String(c.Domain.Name)}
	}
	addresses := pulumi.StringArray{}
	for _, site := range sites {
		addresses = append(addresses, site.Server.Address)
	}
	return addresses
}

func clientKey(seedPEM string, mode controlchannel.Mode, client string) (string, error) {
	seed, err := seedOf(seedPEM)
	if err != nil {
		return "", err
	}
	return controlchannel.DeriveClient(seed, mode, client)
}
