package templates_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// OpenVPN Connect, the client of phones, Windows and macOS, is not openvpn but another
// program, OpenVPN 3 core. These tables say what it does with an option. They were read
// from its release 3.11.7 (https://github.com/OpenVPN/openvpn3), and its ovpncli agreed
// about every row of profileOptions.

// option is an option as OpenVPN 3 core reads it.
type option struct {
	verdict
	arguments string // a regular expression of those that core 3 takes
	source    string // file below openvpn/ in core 3, and what decides it there
}

type verdict int

const (
	accepted verdict = iota
	ignored          // core 3 goes on, and may log "Unsupported option (ignored)"
)

// profileOptions are the options of profiles. Core 3 does not connect with a profile that
// has any other option.
var profileOptions = map[string]option{
	"auth":                  {accepted, `SHA(1|224|256|384|512)`, "ssl/proto.hpp ProtoConfig::load: digest of tls-auth, and of ciphers in CBC mode"},
	"block-outside-dns":     {accepted, ``, "tun/client/tunprop.hpp configure_builder: the platform may forbid other resolvers"},
	"ca":                    {accepted, `inline`, "openssl/ssl/sslctx.hpp Config::load"},
	"cert":                  {accepted, `inline`, "openssl/ssl/sslctx.hpp Config::load"},
	"cipher":                {accepted, `AES-(128|192|256)-(CBC|GCM)|CHACHA20-POLY1305`, "ssl/proto.hpp ProtoConfig::load: until the server pushes another"},
	"client":                {accepted, ``, "client/cliopt.hpp check_for_incompatible_options: required"},
	"connect-retry":         {ignored, `.+`, "client/cliopt.hpp settings_ignoreWithWarning"},
	"data-ciphers":          {ignored, `.+`, "client/cliopt.hpp handle_unused_options, because of ignore-unknown-option: core 3 always offers its own ciphers"},
	"dev":                   {accepted, `tun.*`, "ssl/proto.hpp ProtoConfig::load: anything else is refused"},
	"fast-io":               {ignored, ``, "client/cliopt.hpp settings_ignoreSilently"},
	"ignore-unknown-option": {accepted, `.+`, "client/cliopt.hpp handle_unused_options: does not help against options that are refused"},
	"key":                   {accepted, `inline`, "openssl/ssl/sslctx.hpp Config::load"},
	"key-direction":         {accepted, `0|1|bi(directional)?`, "ssl/proto.hpp ProtoConfig::load"},
	"nobind":                {ignored, ``, "client/cliopt.hpp settings_ignoreSilently: core 3 never binds"},
	"persist-tun":           {ignored, ``, "client/cliopt.hpp settings_ignoreWithWarning: the app decides, with Seamless Tunnel"},
	"ping":                  {accepted, `[0-9]+`, "ssl/proto.hpp load_common: read before it would be refused as a push-only option"},
	"ping-restart":          {accepted, `[0-9]+`, "ssl/proto.hpp load_common, likewise; time/durhelper.hpp set_duration_parm: 0 is a week"},
	"rcvbuf":                {ignored, `[0-9]+`, "client/cliopt.hpp settings_ignoreSilently"},
	"redirect-gateway":      {accepted, `((^| )(local|autolocal|def1|bypass-dhcp|bypass-dns|block-local|!?ipv[46]))*`, "client/rgopt.hpp RedirectGatewayFlags::add_flags: another flag is dropped silently"},
	"remote":                {accepted, `\S+ [0-9]+ (udp|tcp)[46]?(-client)?`, "client/remotelist.hpp RemoteList::add, transport/protocol.hpp Protocol::parse"},
	"remote-cert-tls":       {accepted, `server|client`, "ssl/kuparse.hpp remote_cert_type"},
	"reneg-sec":             {accepted, `[0-9]+`, "ssl/proto.hpp load_common; time/durhelper.hpp set_duration_parm: 0 is a week"},
	"resolv-retry":          {ignored, `.+`, "client/cliopt.hpp settings_ignoreWithWarning"},
	"route":                 {accepted, `[0-9.]+ [0-9.]+( (vpn|net)_gateway)?`, "tun/client/tunprop.hpp add_routes: one with bits beyond its mask is dropped"},
	"route-ipv6":            {accepted, `[0-9a-f:]+/[0-9]+( (vpn|net)_gateway)?`, "tun/client/tunprop.hpp add_routes, likewise"},
	"server-poll-timeout":   {accepted, `[0-9]+`, "client/cliopt.hpp ClientOptions::ClientOptions"},
	"sndbuf":                {ignored, `[0-9]+`, "client/cliopt.hpp settings_ignoreSilently"},
	"tls-auth":              {accepted, `inline`, "ssl/proto.hpp ProtoConfig::load"},
	"tls-crypt":             {accepted, `inline`, "ssl/proto.hpp ProtoConfig::load"},
	"tls-crypt-v2":          {accepted, `inline`, "ssl/proto.hpp ProtoConfig::load"},
	"tls-version-min":       {accepted, `1\.[0-3]( or-highest)?`, "ssl/tlsver.hpp parse_tls_version_min"},
	"verb":                  {ignored, `[0-9]+`, "client/cliopt.hpp settings_ignoreSilently"},
	"verify-x509-name":      {accepted, `\S+ (subject|name|name-prefix)`, "ssl/verify_x509_name.hpp VerifyX509Name::init"},
}

// refusedOptions are options that suggest themselves for a profile, but core 3 does not
// connect with one of them, also after `setenv opt` or ignore-unknown-option.
var refusedOptions = map[string]string{
	"fragment":      "client/cliopt.hpp check_for_incompatible_options",
	"ifconfig":      "client/cliopt.hpp settings_pushonlyoptions",
	"ping-exit":     "client/cliopt.hpp settings_pushonlyoptions",
	"route-gateway": "client/cliopt.hpp settings_pushonlyoptions",
	"topology":      "client/cliopt.hpp settings_pushonlyoptions",
}

// pushedOptions are the options that a server pushes. Core 3 ignores every pushed option
// that it does not look for (client/cliproto.hpp recv_push_reply).
var pushedOptions = map[string]option{
	"dhcp-option":          {accepted, `DNS [0-9a-f.:]+`, "client/dns.hpp parse_dhcp_options: without a domain, for all names"},
	"explicit-exit-notify": {ignored, `[0-9]+`, "client/cliconnect.hpp graceful_stop: core 3 always notifies the server, once"},
	"socket-flags":         {ignored, `TCP_NODELAY`, "transport/client/tcpcli.hpp: core 3 always sets it"},
}

func TestOpenVPN3AcceptsTheProfiles(t *testing.T) {
	for name, source := range refusedOptions {
		require.NotContains(t, profileOptions, name, source)
	}
	used := map[string]bool{}
	for _, pattern := range []string{"testdata/client*.ovpn", "../infra/vpn/testdata/trips/*.ovpn"} {
		for file, text := range files(t, pattern) {
			for _, line := range profileLines(text) {
				name := requireRow(t, profileOptions, file, line)
				used[name] = true
			}
		}
	}
	requireUsed(t, profileOptions, used)
}

func TestOpenVPN3AcceptsWhatServersPush(t *testing.T) {
	push := regexp.MustCompile(`(?m)^push "(.*)"$`)
	used := map[string]bool{}
	for file, text := range files(t, "testdata/server*.conf") {
		for _, pushed := range push.FindAllStringSubmatch(text, -1) {
			name := requireRow(t, pushedOptions, file, pushed[1])
			used[name] = true
		}
	}
	requireUsed(t, pushedOptions, used)
}

func TestOpenVPN3sTableRefuses(t *testing.T) {
	for _, line := range []string{
		"fragment 1300", "topology subnet", "remote 203.0.113.9 1194 sctp", "dev tap", "remote-cert-tls",
		"route 203.0.113.8 255.255.255.248 192.0.2.1", "redirect-gateway def1 ipv6 bypass", "tls-version-min 1.4",
	} {
		name, arguments, _ := strings.Cut(line, " ")
		row, known := profileOptions[name]
		require.False(t, known && row.takes(arguments), line)
	}
}

// files returns the text of the files that match a pattern, of which there must be some.
func files(t *testing.T, pattern string) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	require.NoError(t, err)
	require.NotEmpty(t, paths, pattern)
	texts := map[string]string{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		texts[path] = string(text)
	}
	return texts
}

var inlineFile = regexp.MustCompile(`(?ms)^<([a-z0-9-]+)>$.*?^</([a-z0-9-]+)>$`)

// profileLines returns a profile's options, without comments and `setenv opt`. An inline
// file becomes "ca inline".
func profileLines(profile string) []string {
	var lines []string
	for line := range strings.Lines(inlineFile.ReplaceAllString(profile, "$1 inline")) {
		line = strings.TrimPrefix(strings.TrimSpace(line), "setenv opt ")
		if line != "" && !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, ";") {
			lines = append(lines, line)
		}
	}
	return lines
}

// requireRow returns the name of an option that has a row in the table, and arguments
// that core 3 takes.
func requireRow(t *testing.T, table map[string]option, file, line string) string {
	t.Helper()
	name, arguments, _ := strings.Cut(line, " ")
	require.NotContains(t, refusedOptions, name, "%s: OpenVPN 3 core refuses %q", file, line)
	row, known := table[name]
	require.True(t, known, "%s: %q: find out what OpenVPN 3 core does with it, and add it to the table", file, line)
	require.True(t, row.takes(arguments), "%s: %q: OpenVPN 3 core takes %q: %s", file, line, row.arguments, row.source)
	return name
}

func (o option) takes(arguments string) bool {
	return regexp.MustCompile(`^(` + o.arguments + `)$`).MatchString(arguments)
}

func requireUsed(t *testing.T, table map[string]option, used map[string]bool) {
	t.Helper()
	for name := range table {
		require.True(t, used[name], "nothing has %s any more: remove its row", name)
	}
}
