package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestBackports is a trip whose server gets OpenVPN and a kernel from Debian's backports.
// The server is a container, on this machine's kernel, which has no module ovpn. So the
// server reboots, and then refuses what it cannot do.
func TestBackports(t *testing.T) {
	c := newTrip(t, "backports", map[string]any{"dataPath": "kernel"})
	inOrder(t, []chapter{
		{"up installs both, reboots, and refuses a server that cannot", c.refusesWithoutModule},
		{"the remedy in the message works", c.takesTheOtherDataPath},
		{"the exported file works unchanged", c.connects},
		{"an unchanged stack stays unchanged", c.unchanged},
		{"destroy leaves nothing", c.destroys},
	})
}

func (c *trip) refusesWithoutModule(t *testing.T) {
	_, err := c.stack.Up(t.Context())
	require.ErrorContains(t, err, "the data path cannot be kernel, because Linux ")
	require.ErrorContains(t, err, " has no module ovpn; use another image, or run on your own machine: pulumi config set tripvpn:dataPath auto")
	installed, err := c.host(t).Run(t.Context(), "sh", "-euc", "openvpn --version | grep -o '^OpenVPN 2.7' || true; ls /boot; ls /etc/openvpn/server")
	require.NoError(t, err)
	require.Regexp(t, `^OpenVPN 2\.7\n(.*\n)*vmlinuz-[7-9]\..*-cloud-`, installed)
	require.NotContains(t, installed, "darrell", "it is refused before the first effect")
	// The network was set up after the reboot, and the reboot was after the installation.
	_, err = c.host(t).Run(t.Context(), "sh", "-euc", "[ /etc/tripvpn/iptables.rules -nt /proc/1 ] && [ /proc/1 -nt /var/lib/dpkg/info/openvpn.list ]")
	require.NoError(t, err)
	_, err = c.stack.Text(t.Context(), "darrell.ovpn")
	require.Error(t, err, "there is no profile for a server that does not serve")
}

func (c *trip) takesTheOtherDataPath(t *testing.T) {
	c.settings["dataPath"] = "auto"
	require.NoError(t, c.stack.Configure(t.Context(), c.settings))
	c.up(t)
	for _, command := range []string{"plan", "verify"} {
		output, code := bootstrap(t, c.host(t), nil, command)
		require.Zero(t, code, output)
		require.Regexp(t, `(?m)^data path: user, because Linux \S+ has no module ovpn$`, output)
	}
}
