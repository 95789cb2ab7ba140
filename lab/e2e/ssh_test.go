package e2e

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/fabric"
	"tripvpn/lab/traveller"
)

// limitsSSH logs in as the documentation does, with other options for ssh. The server
// refuses every other user, method and algorithm.
func (c *trip) limitsSSH(t *testing.T) {
	host := c.host(t)
	_, err := host.Run(t.Context(), "sh", "-euc", `
install -d -m 700 /root/.ssh
cp /home/tripvpn/.ssh/authorized_keys /root/.ssh/authorized_keys
useradd --create-home guest
echo guest:guest | chpasswd
cp --recursive /home/tripvpn/.ssh /home/guest/.ssh
chown --recursive guest: /home/guest/.ssh`)
	require.NoError(t, err)
	defer func() {
		_, err := host.Run(t.Context(), "sh", "-euc", "rm -r /root/.ssh; userdel --remove guest")
		require.NoError(t, err)
	}()
	for name, attempt := range map[string]struct{ options, refusal string }{
		"as it is":                   {"", ""},
		"as root":                    {"-l root", "Permission denied (publickey)."},
		"another user with the key":  {"-l guest", "Permission denied (publickey)."},
		"without a key":              {"-o PubkeyAuthentication=no -o BatchMode=yes", "Permission denied (publickey)."},
		"old key exchange":           {"-o KexAlgorithms=diffie-hellman-group14-sha256,diffie-hellman-group16-sha512,ecdh-sha2-nistp256", "no matching key exchange method"},
		"unauthenticated encryption": {"-o Ciphers=aes256-ctr,aes128-ctr", "no matching cipher"},
		"another host key":           {"-o HostKeyAlgorithms=rsa-sha2-512,ecdsa-sha2-nistp256", "no matching host key type"},
	} {
		t.Run(name, func(t *testing.T) {
			said, err := c.logsIn(t, attempt.options)
			if attempt.refusal == "" {
				require.NoError(t, err, said)
				return
			}
			require.Error(t, err, said)
			require.Contains(t, said, attempt.refusal)
		})
	}
}

// logsIn runs the documented login with options for ssh before the others, of which the
// first counts.
func (c *trip) logsIn(t *testing.T, options string) (string, error) {
	t.Helper()
	script := strings.Replace(documentedLogin(t), "ssh -i", "ssh "+options+" -i", 1)
	said, err := c.stack.Command(t.Context(), "bash", "-euo", "pipefail", "-c", script).CombinedOutput()
	return string(said), err
}

// followsTheOperator changes the operator's address, as it looks from AWS, and runs the
// documented commands: `pulumi up`, also with networks in adminCidrs.
func (c *trip) followsTheOperator(t *testing.T) {
	v4, v6 := c.traveller.Address(), c.traveller.Address6()
	ports := func() (open4, open6 traveller.Answer) {
		return c.probe(t, "tcp", c.endpoint, 22, nil), c.probe(t, "tcp", c.address6(t, region).String(), 22, nil)
	}
	requirePorts := func(want4, want6 traveller.Answer) {
		t.Helper()
		open4, open6 := ports()
		require.Equal(t, want4, open4, "over IPv4")
		require.Equal(t, want6, open6, "over IPv6")
	}
	requirePorts(traveller.Silent, traveller.Silent)
	c.world.Egress = v4
	c.change(t, nil)
	requirePorts(traveller.Open, traveller.Silent)
	c.world.Egress = fabric.OperatorAddress
	host := func(a netip.Addr) string { return netip.PrefixFrom(a, a.BitLen()).String() }
	c.change(t, map[string]any{"adminCidrs": []string{host(fabric.OperatorAddress), host(v6)}})
	requirePorts(traveller.Silent, traveller.Open)
	c.change(t, map[string]any{"adminCidrs": []string{}})
	requirePorts(traveller.Silent, traveller.Silent)
}
