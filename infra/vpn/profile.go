package vpn

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"tripvpn/controlchannel"
	"tripvpn/templates"
)

// NewProfile writes the one file that a device needs: everything is in it, and
// it is a secret. It lists the servers in the order of the regions.
func NewProfile(trip string, a *Authority, client Leaf, servers []*Server) pulumi.StringOutput {
	addresses := pulumi.StringArray{}
	for _, server := range servers {
		addresses = append(addresses, server.Address)
	}
	profile := pulumi.All(a.Root, a.Seed, client.Certificate, client.Key, addresses).
		ApplyT(func(values []any) (string, error) {
			key, err := clientKey(values[1].(string), client.Name)
			if err != nil {
				return "", err
			}
			return templates.Client{
				ServerName:        ServerName(trip),
				Remotes:           remotes(values[4].([]string)),
				CA:                values[0].(string),
				Certificate:       values[2].(string),
				Key:               values[3].(string),
				ControlChannelKey: key.Text(),
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

func clientKey(seedPEM, client string) (controlchannel.ClientKey, error) {
	seed, err := seedOf(seedPEM)
	if err != nil {
		return controlchannel.ClientKey{}, err
	}
	server, err := controlchannel.DeriveServerKey(seed)
	if err != nil {
		return controlchannel.ClientKey{}, err
	}
	return controlchannel.DeriveClientKey(seed, server, client)
}
