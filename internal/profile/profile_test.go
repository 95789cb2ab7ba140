package profile_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/controlchannel"
	"tripvpn/internal/pki"
	"tripvpn/internal/profile"
	"tripvpn/internal/profile/profiletest"
	"tripvpn/internal/spec"
	"tripvpn/internal/spec/spectest"
	"tripvpn/templates"
)

var remotes = []templates.Remote{
	{Host: "203.0.113.9", Port: 1194, Protocol: "udp"},
	{Host: "vpn.example.org", Port: 443, Protocol: "tcp"},
	{Host: "2001:db8::9", Port: 443, Protocol: "tcp"},
}

var modes = []controlchannel.Mode{controlchannel.TLSCryptV2, controlchannel.TLSCrypt, controlchannel.TLSAuth}

func TestParsesEachStyle(t *testing.T) {
	authority := spectest.New(t)
	for _, mode := range modes {
		for _, style := range []spec.Style{spec.Modern, spec.Classic} {
			text := profiletest.New(t, authority, mode, style, remotes...)
			for _, ends := range []string{"\n", "\r\n"} {
				p, err := profile.Parse(strings.ReplaceAll(text, "\n", ends))
				require.NoError(t, err, "%s %s", mode, style)
				require.Equal(t, []profile.Remote{
					{"203.0.113.9", 1194, spec.UDP}, {"vpn.example.org", 443, spec.TCP}, {"2001:db8::9", 443, spec.TCP},
				}, p.Remotes)
				require.Equal(t, profiletest.ServerName, p.ServerName)
				require.Equal(t, "laptop", p.Certificate.Subject.CommonName)
				require.True(t, pki.Matches(p.Key, p.Certificate))
				require.Equal(t, mode, p.Mode)
				require.Len(t, p.Roots, 1)
			}
		}
	}
}

func TestRejects(t *testing.T) {
	valid := profiletest.New(t, spectest.New(t), controlchannel.TLSCryptV2, spec.Modern, remotes...)
	for _, test := range []struct{ old, replacement, want string }{
		{valid, "", "it has no remote: it is not a profile of tripvpn"},
		{"remote 203.0.113.9 1194 udp", "remote 203.0.113.9", "its remote 1: it has 1 words, not host, port and protocol"},
		{"remote vpn.example.org 443 tcp", "remote vpn.example.org 0 tcp", `its remote 2: its port is "0"`},
		{"remote vpn.example.org 443 tcp", "remote vpn.example.org 443 sctp", `its remote 2: its protocol is "sctp"`},
		{"remote vpn.example.org 443 tcp", "remote vpn\x1b[2J 443 tcp", "its remote 2: its host is neither an address nor a name"},
		{"verify-x509-name", "verify", "it has the option verify-x509-name 0 times"},
		{"verify-x509-name server name", "verify-x509-name server subject", "does not have a name and the word name"},
		{"<ca>\n", "<ca>\nnote\n", "its <ca>: it is not just PEM blocks"},
		{"PRIVATE KEY", "KEY", "its <key>: it is not an unencrypted private key"},
		{"</tls-crypt-v2>", "", "it ends within <\"tls-crypt-v2\">: the file is not complete"},
		{"<tls-crypt-v2>", "<tls-crypt>\n</tls-crypt>\n<tls-crypt-v3>", "it ends within"},
		{"<ca>", "<ca>\n</ca>\n<ca>", `it has <"ca"> twice`},
		{"auth SHA256", "auth MD5", "its option auth is neither SHA256 nor SHA512"},
		{"OpenVPN tls-crypt-v2 client key", "OpenVPN tls-crypt-v2 server key", "its <tls-crypt-v2>: parsing OpenVPN tls-crypt-v2 client key"},
	} {
		text := strings.ReplaceAll(valid, test.old, test.replacement)
		require.NotEqual(t, valid, text, test.old)
		_, err := profile.Parse(text)
		require.ErrorContains(t, err, test.want)
		requireQuotesNoKey(t, text, err.Error())
	}
}

// requireQuotesNoKey requires that a text has no long part of a line of an inline file.
func requireQuotesNoKey(t testing.TB, profile, text string) {
	t.Helper()
	for line := range strings.Lines(profile) {
		if line = strings.TrimSpace(line); len(line) > 40 && !strings.Contains(line, " ") {
			require.NotContains(t, text, line[:25])
		}
	}
}

func TestAProfileDoesNotPrintTheControlChannelsKey(t *testing.T) {
	for _, mode := range modes {
		p, err := profile.Parse(profiletest.New(t, spectest.New(t), mode, spec.Classic, remotes...))
		require.NoError(t, err)
		for _, verb := range []string{"%v", "%+v", "%#v"} {
			require.Equal(t, "[control-channel key]", fmt.Sprintf(verb, p.Client))
		}
	}
}

// FuzzParse requires that what is accepted is complete and safe to print, and that errors
// quote no key.
func FuzzParse(f *testing.F) {
	for _, mode := range modes {
		f.Add(profiletest.New(f, spectest.New(f), mode, spec.Classic, remotes...))
	}
	f.Add("remote a 1 udp\n<ca>\n</ca>\n#\n;\n<>\n")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := profile.Parse(text)
		if err != nil {
			requireQuotesNoKey(t, text, err.Error())
			return
		}
		require.NotEmpty(t, p.Remotes)
		require.NotEmpty(t, p.Roots)
		require.NotNil(t, p.Certificate)
		require.NotNil(t, p.Key)
		for _, r := range p.Remotes {
			require.Regexp(t, `^[0-9A-Za-z:.-]+ [1-9][0-9]* (udp|tcp)$`, r.String())
		}
	})
}
