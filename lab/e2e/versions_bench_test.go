package e2e

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// addSid keeps the host's OpenVPN as a file, and installs that of Debian sid, with
// little else, because its package accepts most of the host's libraries.
const addSid = `cp /usr/sbin/openvpn /root/openvpn.own
cd /etc/apt/sources.list.d
sed '/^$/,$d; s/^Suites:.*/Suites: sid/' debian.sources >sid.sources
apt-get -q update
DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends -o Dpkg::Options::=--force-confold install openvpn
cp /usr/sbin/openvpn /root/openvpn.sid`

// useBinary restarts the server with one of these files.
const useBinary = `install "$1" /usr/sbin/openvpn; systemctl restart ` + server

// versions compares the host's OpenVPN with that of Debian sid, on the same server with
// the same configuration, with one device over UDP.
func (f *fleet) versions(b *testing.B) {
	_, err := f.host(b).Run(b.Context(), "sh", "-euc", addSid)
	require.NoError(b, err)
	anna := f.devices[:1]
	setups := []setup{noTunnel(anna)}
	for _, binary := range []string{"/root/openvpn.own", "/root/openvpn.sid"} {
		setups = append(setups, setup{f.version(b, binary), anna, overUDP, func(b *testing.B) {
			_, err := f.host(b).Run(b.Context(), "sh", "-euc", useBinary, "sh", binary)
			require.NoError(b, err)
			passes.start(b, anna)
		}})
	}
	require.NotEqual(b, setups[1].name, setups[2].name)
	f.compare(b, setups)
}

// version is what a binary says first: "OpenVPN 2.6.14".
func (f *fleet) version(b *testing.B, binary string) string {
	b.Helper()
	text, err := f.host(b).Run(b.Context(), binary, "--version")
	require.NoError(b, err)
	words := strings.Fields(text)
	require.Greater(b, len(words), 1, text)
	return strings.Join(words[:2], " ")
}
