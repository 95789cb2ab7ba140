package image

import (
	"context"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/golden"
)

var resolver = netip.MustParseAddr("192.0.2.53")

func TestUnknownClient(t *testing.T) {
	_, err := (&Builder{Folder: t.TempDir()}).Client(context.Background(), "openvpn-1.0")
	require.EqualError(t, err, `building client "openvpn-1.0": it is none of openvpn-2.5, openvpn-2.6, openvpn-2.7, network-manager-1.42, network-manager-1.52`)
}

func TestClientRecipe(t *testing.T) {
	recipe := clientRecipe(releases["openvpn-2.5"], example(t), resolver)
	require.Contains(t, text(t, recipe, "etc/apt/sources.list.d/debian.sources"), "Suites: bullseye-security\n")
	require.Equal(t, "nameserver 192.0.2.53\n", text(t, recipe, "etc/resolv.conf"))
}

func TestSidHasOneSuite(t *testing.T) {
	golden.Require(t, "sid.sources", text(t, clientRecipe(releases["openvpn-2.7"], example(t), resolver), "etc/apt/sources.list.d/debian.sources"))
}
