package vpn

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// With the kernel's data path, a server with Debian 13 reboots into another kernel before it
// serves. Others do not.
func TestBackports(t *testing.T) {
	for name, c := range map[string]struct {
		settings map[string]any
		commands int
	}{
		"kernel on Debian":  {map[string]any{"dataPath": "kernel"}, 5},
		"kernel on Ubuntu":  {map[string]any{"dataPath": "kernel", "image": "ubuntu-26.04"}, 4},
		"kernel on an AMI":  {map[string]any{"dataPath": "kernel", "image": "ami-0123456789abcdef0"}, 4},
		"as the image does": {map[string]any{}, 4},
	} {
		c.settings["clients"] = []string{"laptop"}
		t.Run(name, func(t *testing.T) {
			bothWays(t, c.settings, func(t *testing.T, cloud *recorder) {
				before := map[string][]string{}
				var packages string
				for _, r := range cloud.ofType(t, "command:remote:Command", c.commands) {
					for _, urn := range r.GetDependencies() {
						before[r.GetName()] = append(before[r.GetName()], nameOf(urn))
					}
					if r.GetName() == "trip-us-east-1-packages" {
						packages = r.Inputs["create"].StringValue()
					}
				}
				require.Equal(t, c.commands == 5, packages != installPackages)
				network := before["trip-us-east-1-network"]
				if c.commands == 4 {
					require.Contains(t, network, "trip-us-east-1-packages")
					require.Contains(t, network, "trip-us-east-1-binary")
					return
				}
				require.Contains(t, packages, "linux-image-cloud-")
				require.Contains(t, network, "trip-us-east-1-reboot")
				for _, earlier := range []string{"packages", "binary"} {
					require.Contains(t, before["trip-us-east-1-reboot"], "trip-us-east-1-"+earlier)
				}
			})
		})
	}
}
