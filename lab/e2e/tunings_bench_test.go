package e2e

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// tuning is a set of options for a tunnel's speed.
type tuning struct {
	name           string
	server, client []string // added lines
	cipher         string   // of both ends
}

const strong = "AES-256-GCM"

var buffers = []string{"sndbuf 1048576", "rcvbuf 1048576"}

// tunings are OpenVPN's defaults, the strongest peer's options, and our possible
// additions, step by step.
var tunings = []tuning{
	{name: "OpenVPN's defaults", cipher: strong},
	{name: "the strongest peer's", cipher: "AES-128-GCM"},
	{name: "fast-io on the server", cipher: strong, server: []string{"fast-io"}},
	{name: "fast-io on both", cipher: strong, server: []string{"fast-io"}, client: []string{"fast-io"}},
	{name: "and buffers of 1 MiB", cipher: strong, server: append([]string{"fast-io"}, buffers...), client: append([]string{"fast-io"}, buffers...)},
}

// tuned matches such lines in a configuration.
var tuned = regexp.MustCompile(`(?m)^(fast-io|sndbuf .*|rcvbuf .*)\n`)

func (u tuning) apply(config string, lines []string) string {
	config = tuned.ReplaceAllLiteralString(config, "")
	config = regexp.MustCompile(`(?m)^data-ciphers .*$`).ReplaceAllLiteralString(config, "data-ciphers "+u.cipher)
	return strings.Join(lines, "\n") + "\n" + config
}

// tunings compares them with one device over UDP. The server and the device have their
// own configurations again afterwards.
func (f *fleet) tunings(b *testing.B) {
	anna := f.devices[:1]
	profile, err := f.stack.Text(b.Context(), "anna.ovpn")
	require.NoError(b, err)
	config, err := f.host(b).Run(b.Context(), "cat", serverConfig)
	require.NoError(b, err)
	setups := []setup{noTunnel(anna)}
	for _, u := range tunings {
		setups = append(setups, setup{u.name, anna, overUDP, func(b *testing.B) {
			f.writeServerConfig(b, u.apply(config, u.server))
			require.NoError(b, anna[0].Place(b.Context(), profilePath, []byte(u.apply(profile, u.client))))
			passes.start(b, anna)
		}})
	}
	f.compare(b, setups)
	f.writeServerConfig(b, config)
	f.hand(b, anna[0], "anna")
}

const serverConfig = "/etc/openvpn/server/darrell.conf"

// writeServerConfig restarts the server with another configuration.
func (f *fleet) writeServerConfig(b *testing.B, config string) {
	b.Helper()
	write := f.host(b).Command(b.Context(), "sh", "-euc", "cat >"+serverConfig+"; systemctl restart "+server)
	write.Stdin = strings.NewReader(config)
	require.NoError(b, write.Run())
}
