package image

import (
	"net/netip"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/golden"
	"tripvpn/lab/image/apt"
)

func example(t *testing.T) Debian {
	t.Helper()
	parse := func(text string) *url.URL {
		u, err := url.Parse(text)
		require.NoError(t, err)
		return u
	}
	return Debian{
		Archive: apt.Archive{Main: parse("https://mirror.example/debian"), Security: parse("http://mirror.example/debian-security")},
		Lenient: []string{`Acquire::Check-Date "false";`},
		Proxy:   netip.MustParseAddrPort("192.0.2.81:3142"),
	}
}

func TestHostRecipe(t *testing.T) {
	recipe := hostRecipe("trixie", "amd64", example(t))
	require.Equal(t, "http://mirror.example/debian", recipe.Mirror, "over HTTP, whatever the machine uses")
	golden.Require(t, "debian.sources", text(t, recipe, "etc/apt/sources.list.d/debian.sources"))
	golden.Require(t, "90lab", text(t, recipe, "etc/apt/apt.conf.d/90lab"))
}

func text(t *testing.T, recipe base, path string) string {
	t.Helper()
	for _, f := range recipe.Files {
		if f.Path == path {
			return f.Text
		}
	}
	t.Fatalf("the recipe has no %q", path)
	return ""
}

func TestSourcesWithoutSecurity(t *testing.T) {
	d := example(t)
	d.Archive.Security = nil
	require.NotContains(t, text(t, hostRecipe("trixie", "amd64", d), "etc/apt/sources.list.d/debian.sources"), "security")
}

func TestTravellersHaveAResolver(t *testing.T) {
	require.Contains(t, travellerScript(netip.MustParseAddr("192.0.2.53")), "\necho nameserver 192.0.2.53 >/etc/resolv.conf\n")
}

func TestKeyFollowsTheRecipe(t *testing.T) {
	keys := map[string]bool{}
	plain := example(t)
	elsewhere := example(t)
	elsewhere.Archive.Main, _ = url.Parse("http://other.example/debian")
	for _, recipe := range []base{hostRecipe("trixie", "amd64", plain), hostRecipe("bookworm", "amd64", plain), hostRecipe("trixie", "amd64", elsewhere)} {
		k, err := key(recipe)
		require.NoError(t, err)
		require.Len(t, k, 16)
		keys[k] = true
	}
	require.Len(t, keys, 3)

	first, err := key(hostRecipe("trixie", "amd64", plain))
	require.NoError(t, err)
	require.True(t, keys[first], "the same recipe, the same key")
}
