package vpn

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"tripvpn/bootstrap/spec"
	"tripvpn/controlchannel"
	"tripvpn/templates"
)

// NewProfile writes the one file that a device needs: everything is in it, and
// it is a secret. It lists the servers in the order of the regions.
func NewProfile(c Config, a *Authority, client Leaf, servers []*Server) pulumi.StringOutput {
	addresses := pulumi.StringArray{}
	for _, server := range servers {
		addresses = append(addresses, server.Address)
	}
	profile := pulumi.All(a.Root, a.Seed, client.Certificate, client.Key, addresses, a.Intermediate).
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
				Remotes:           remotes(values[4].([]string)),
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

func remotes(addresses []string) []templates.Remote {
	var list []templates.Remote
	for _, address := range addresses {
		list = append(list, templates.Remote{Host: address, Port: Port})
	}
	return list
}

func clientKey(seedPEM string, mode controlchannel.Mode, client string) (string, error) {
	seed, err := seedOf(seedPEM)
	if err != nil {
		return "", err
	}
	return controlchannel.DeriveClient(seed, mode, client)
}
