package vpn

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// exportProfiles exports each client's profile as CLIENT.ovpn, and beside them
// the fingerprints of all. These are no secret, so that an update shows whose
// profile has changed and has to be handed out.
func exportProfiles(ctx *pulumi.Context, c Config, a *Authority, clients []Leaf, servers []*Server) {
	fingerprints := pulumi.StringMap{}
	for _, client := range clients {
		profile := NewProfile(c, a, client, servers)
		ctx.Export(client.Name+".ovpn", profile)
		fingerprints[client.Name] = pulumi.Unsecret(profile.ApplyT(fingerprint)).(pulumi.StringOutput)
	}
	ctx.Export("profiles", fingerprints)
}

// fingerprint is the beginning of what sha256sum(1) says of a file.
func fingerprint(text string) string {
	return fmt.Sprintf("%x", sha256.Sum256([]byte(text)))[:16]
}

// exportServers exports where the servers are and how the operator gets in.
func exportServers(ctx *pulumi.Context, regions []Region, servers []*Server, access *Access) {
	addresses := pulumi.StringMap{}
	known := pulumi.StringArray{}
	for i, server := range servers {
		addresses[regions[i].Code] = server.Address
		known = append(known, pulumi.Sprintf("%s %s", server.Address, server.HostKey))
	}
	ctx.Export("endpoint", servers[0].Address)
	ctx.Export("servers", addresses)
	ctx.Export("loginUser", pulumi.String(regions[0].LoginUser))
	ctx.Export("adminKey", secretSSH(access.Key))
	ctx.Export("knownHosts", known.ToStringArrayOutput().ApplyT(func(lines []string) string {
		return strings.Join(lines, "\n")
	}).(pulumi.StringOutput))
}

func withoutNewline(line string) string { return strings.TrimSuffix(line, "\n") }
