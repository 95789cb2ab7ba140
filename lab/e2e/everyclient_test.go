package e2e

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/world"
)

// everyClient is a trip with one device for each kind of client.
type everyClient struct {
	*trip
	clients map[string]*device
	server  []string // the server's public addresses
}

// TestEveryClient is the table of contents.
func TestEveryClient(t *testing.T) {
	names := []string{"openvpn-2.5", "openvpn-2.6", "openvpn-2.7"}
	var clients []string
	for _, name := range names {
		clients = append(clients, deviceOf(name))
	}
	e := &everyClient{trip: newTrip(t, "every-client", map[string]any{"clients": clients, "controlChannel": "tls-crypt"}), clients: map[string]*device{}}
	for _, name := range names {
		began := time.Now()
		machine, err := e.world.Site.TravellerWith(t.Context(), name, deviceOf(name))
		require.NoError(t, err)
		t.Logf("%s started in %s", name, time.Since(began))
		require.NoError(t, machine.Machine().AwaitBooted(t.Context()))
		t.Logf("%s booted in %s", name, time.Since(began))
		e.clients[name] = &device{Traveller: machine}
		e.devices = append(e.devices, e.clients[name])
	}
	e.change(t, nil)
	e.server = e.serverAddresses(t)
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			d := e.clients[name]
			e.hand(t, d, deviceOf(name))
			d.connect(t)
			require.NoError(t, e.seen(t.Context(), d))
			d.disconnect(t)
		})
	}
}

func deviceOf(name string) string { return strings.ReplaceAll(name, ".", "-") }

func (e *everyClient) serverAddresses(t *testing.T) []string {
	t.Helper()
	addresses, err := e.host(t).Run(t.Context(), "ip", "-6", "-oneline", "address", "show", "scope", "global", "dev", "ens5")
	require.NoError(t, err)
	own, err := netip.ParsePrefix(strings.Fields(addresses)[3])
	require.NoError(t, err)
	return []string{e.address(t, region), own.Addr().String()}
}

// seen wants the world to see the device as the server, over IPv4 and IPv6.
func (e *everyClient) seen(ctx context.Context, d *device) error {
	for i, page := range []string{world.AddressPage, world.AddressPage6} {
		seen, err := d.Fetch(ctx, page)
		if err != nil {
			return err
		}
		if seen = strings.TrimSpace(seen); seen != e.server[i] {
			return fmt.Errorf("the web server saw %s and not %s", seen, e.server[i])
		}
	}
	return nil
}
