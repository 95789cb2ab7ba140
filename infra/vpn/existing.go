package vpn

import (
	"fmt"
	"strings"

	"tripvpn/infra/config"
)

// checkServer refuses settings that would break the server that a region has:
// another architecture is another machine. EC2 changes a type of the same one in
// place, and the server reboots.
func checkServer(problems *config.Problems, c config.Config, region Region) {
	server := region.Server
	if server.ID == "" {
		return
	}
	if is, known := config.ArchitectureOf(server.Type); known && is != c.Architecture {
		problems.Add("instanceType", c.InstanceType,
			fmt.Sprintf("is %s, while the server in %s is %s (%s), which cannot change", c.Architecture.EC2(), region.Code, is.EC2(), server.Type),
			"choose a type of the same architecture, choose another region, or build a new server at the same address, "+
				"which interrupts the VPN for some minutes: "+rebuild(region))
	}
}

// waiting returns a warning for each setting that the region's server does not
// have, because it applies only to a new server.
func waiting(c config.Config, region Region) []string {
	var warnings []string
	for _, setting := range []struct{ key, configured, actual string }{
		{"image", c.Image.Name, region.Server.Image},
		{"availabilityZones", c.Zone(region.Code), region.Server.Zone},
	} {
		if setting.configured == "" || setting.actual == "" || setting.configured == setting.actual {
			continue
		}
		warnings = append(warnings, fmt.Sprintf("tripvpn:%s: %q applies to a new server, and the one in %s keeps %s; "+
			"to build a new one at the same address, which interrupts the VPN for some minutes: %s",
			setting.key, setting.configured, region.Code, setting.actual, rebuild(region)))
	}
	return warnings
}

// rebuild returns the commands that replace a region's server by a new one at the
// same address: the next update notices that the instance is gone. (`pulumi
// destroy --target` does not work for a stack that always refreshes: the refresh
// of the targets lacks the default provider of the remote commands.)
func rebuild(r Region) string {
	return strings.Join(append(terminate(r.Code, r.Server.ID), "pulumi up"), " && ")
}
