// Package profiletest makes profiles for tests, with the real template.
package profiletest

import (
	"crypto/x509"
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/controlchannel"
	"tripvpn/internal/spec"
	"tripvpn/internal/spec/spectest"
	"tripvpn/templates"
)

// Seed is that of the control channel's keys.
const Seed = "a seed for the tests of profiles, 32+"

// ServerName is the common name of the server's certificate.
const ServerName = "server"

// New returns the profile of a device of an authority's, called laptop.
func New(t testing.TB, a *spectest.Authority, mode controlchannel.Mode, style spec.Style, remotes ...templates.Remote) string {
	t.Helper()
	key, err := controlchannel.DeriveClient([]byte(Seed), mode, "laptop")
	require.NoError(t, err)
	pair := a.Issue(t, "laptop", x509.ExtKeyUsageClientAuth)
	text, err := templates.Client{
		ServerName: ServerName, Remotes: remotes, Classic: style == spec.Classic,
		CA: a.Root(), Certificate: pair.Certificate, Key: pair.Key,
		ControlChannel: string(mode), ControlChannelKey: key,
	}.Render()
	require.NoError(t, err)
	return text
}
