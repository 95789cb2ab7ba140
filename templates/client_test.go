package templates

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"tripvpn/internal/golden"
)

func client() Client {
	return Client{
		ServerName: "trip-server",
		Remotes:    []Remote{{"203.0.113.9", 1194, "udp"}, {"203.0.113.9", 443, "tcp"}},
		Routes: NewRoutes([]netip.Prefix{
			netip.MustParsePrefix("0.0.0.0/1"), netip.MustParsePrefix("203.0.113.8/32"), netip.MustParsePrefix("8000::/1"),
		}),
		CA:                "the root\n",
		Certificate:       "the leaf\n",
		Key:               "its key\n",
		ControlChannel:    "tls-crypt-v2",
		ControlChannelKey: "the control channel's key\n",
	}
}

func TestClientGolden(t *testing.T) {
	golden.Require(t, "client.ovpn", rendered(t, client()))
	named := client()
	named.Remotes, named.Named = []Remote{{"vpn.example.org", 1194, "udp"}, {"vpn.example.org", 443, "tcp"}}, true
	golden.Require(t, "client-named.ovpn", rendered(t, named))
	split := client()
	split.Split = true
	golden.Require(t, "client-split.ovpn", rendered(t, split))
	split.Named = true
	golden.Require(t, "client-split-named.ovpn", rendered(t, split))
	classic := client()
	classic.Classic, classic.ControlChannel = true, "tls-auth"
	golden.Require(t, "client-classic.ovpn", rendered(t, classic))
}

func TestClientRefusesNamesThatLeaveTheirLine(t *testing.T) {
	evil := client()
	evil.Remotes[0].Host = "203.0.113.9\nup /bin/sh"
	_, err := evil.Render()
	require.ErrorContains(t, err, "one word")
}

func TestUserDataGolden(t *testing.T) {
	view := UserData{LoginUser: "operator", HostKey: "first line\nlast line\n", HostPublicKey: "ssh-ed25519 AAAA"}
	text := rendered(t, view)
	golden.Require(t, "user-data", text)

	var config struct {
		Keys map[string]string `yaml:"ssh_keys"`
	}
	require.NoError(t, yaml.Unmarshal([]byte(text), &config))
	require.Equal(t, view.HostKey, config.Keys["ed25519_private"], "YAML must return the key unchanged")
	require.Equal(t, view.HostPublicKey, config.Keys["ed25519_public"])
}
