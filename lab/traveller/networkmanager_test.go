package traveller_test

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/image"
	"tripvpn/lab/site"
	"tripvpn/lab/site/sitetest"
	"tripvpn/lab/traveller"
)

func newDesktop(t *testing.T, s *site.Site, client, name string) (*traveller.Traveller, *traveller.Desktop) {
	t.Helper()
	who, err := s.TravellerWith(context.Background(), client, name)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, who.Remove(context.Background())) })
	desktop, err := who.Desktop(within(t, 30*time.Second))
	require.NoError(t, err)
	return who, desktop
}

// trusting is a profile as NetworkManager takes it: it knows no fingerprints.
func trusting(server netip.Addr, own identity, authority string) []byte {
	return fmt.Appendf(nil, "client\ndev tun\nremote %s\nnobind\n<ca>\n%s</ca>\n%s", server, authority, own.inline)
}

func TestNetworkManager(t *testing.T) {
	s := sitetest.New(t)
	for _, client := range image.Desktops() {
		t.Run(client, func(t *testing.T) { usesNetworkManager(t, s, client) })
	}
}

func usesNetworkManager(t *testing.T, s *site.Site, image string) {
	server := newTraveller(t, s, "server")
	client, desktop := newDesktop(t, s, image, "client")
	serverIdentity, clientIdentity, stranger := newIdentity(t), newIdentity(t), newIdentity(t)
	serve(t, server, serverIdentity, clientIdentity.fingerprint)
	ctx := t.Context()

	said, err := client.Machine().Run(ctx, "nmcli", "--get-values", "GENERAL.STATE,GENERAL.CONNECTION", "device", "show", "ens5")
	require.NoError(t, err)
	require.Equal(t, "100 (connected)\nens5\n", said)

	require.NoError(t, client.Place(ctx, "/root/trip.ovpn", trusting(server.Address(), clientIdentity, serverIdentity.certificate)))
	vpn, err := desktop.Import(ctx, "/root/trip.ovpn")
	require.NoError(t, err)
	state, err := vpn.State(ctx)
	require.NoError(t, err)
	require.Empty(t, state)
	modes, err := client.Machine().Run(ctx, "find", "/root", "-name", "trip-*", "-printf", "%m %u %f\n")
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"600 root trip-ca.pem", "600 root trip-cert.pem", "600 root trip-key.pem"}, strings.Split(strings.TrimSpace(modes), "\n"))

	require.NoError(t, vpn.Up(within(t, 20*time.Second)))
	state, err = vpn.State(ctx)
	require.NoError(t, err)
	require.Equal(t, "activated", state)
	answer, err := client.Probe(within(t, 5*time.Second), "tcp", serverInTunnel, nil)
	require.NoError(t, err)
	require.Equal(t, traveller.Refused, answer)
	require.NoError(t, vpn.Down(within(t, 20*time.Second)))
	require.NoError(t, vpn.Remove(t.Context()))
	answer, _ = client.Probe(within(t, time.Second), "tcp", serverInTunnel, nil)
	require.NotEqual(t, traveller.Refused, answer, "without the tunnel it is not there")

	require.NoError(t, client.Place(ctx, "/root/stranger.ovpn", trusting(server.Address(), clientIdentity, stranger.certificate)))
	vpn, err = desktop.Import(ctx, "/root/stranger.ovpn")
	require.NoError(t, err)
	require.ErrorContains(t, vpn.Up(within(t, 5*time.Second)), "VERIFY ERROR")
	require.NoError(t, vpn.Down(within(t, 20*time.Second)))
	require.NoError(t, vpn.Remove(t.Context()))

	refused := append([]byte("route 192.0.2.1 255.255.255.255 net_gateway\n"), trusting(server.Address(), clientIdentity, serverIdentity.certificate)...)
	require.NoError(t, client.Place(ctx, "/root/refused.ovpn", refused))
	_, err = desktop.Import(ctx, "/root/refused.ovpn")
	require.ErrorContains(t, err, "net_gateway")
}
