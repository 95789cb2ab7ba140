package vpn

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"tripvpn/infra/config"
	"tripvpn/internal/outputs"
	"tripvpn/internal/spec"
)

// exportProfiles exports each client's profile as CLIENT.ovpn, and the
// fingerprints of all profiles. A fingerprint is not secret, so an update shows
// which profiles changed and must be handed out.
func exportProfiles(ctx *pulumi.Context, c config.Config, a *Authority, clients []Leaf, sites []*Site) {
	fingerprints := pulumi.StringMap{}
	for _, client := range clients {
		profile := NewProfile(c, a, client, sites)
		ctx.Export(client.Name+".ovpn", profile.ApplyT(withoutNewline).(pulumi.StringOutput)) // `pulumi stack output` adds one
		fingerprints[client.Name] = pulumi.Unsecret(profile.ApplyT(outputs.Fingerprint)).(pulumi.StringOutput)
	}
	ctx.Export("profiles", fingerprints)
}

// exportSites exports the servers' addresses and end, and the operator's access
// to them.
func exportSites(ctx *pulumi.Context, c config.Config, sites []*Site, access *Access) {
	addresses := pulumi.StringMap{}
	known := pulumi.StringArray{}
	for _, site := range sites {
		addresses[site.Region.Code] = site.Address
		known = append(known, pulumi.Sprintf("%s %s", site.Address, site.Server.HostKey))
	}
	ctx.Export("endpoint", sites[0].Address)
	ctx.Export("servers", addresses)
	ctx.Export("expires", pulumi.String(c.Expires()))
	ctx.Export("loginUser", pulumi.String(spec.LoginUser))
	ctx.Export("adminKey", secretSSH(access.Key))
	ctx.Export("knownHosts", known.ToStringArrayOutput().ApplyT(func(lines []string) string {
		return strings.Join(lines, "\n")
	}).(pulumi.StringOutput))
}

func withoutNewline(line string) string { return strings.TrimSuffix(line, "\n") }
