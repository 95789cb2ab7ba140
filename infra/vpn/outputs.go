package vpn

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// exportServers exports where the servers are and how the operator gets in.
// The profiles are exported beside them, as CLIENT.ovpn.
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
