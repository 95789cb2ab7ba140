package e2e

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/fabric"
	"tripvpn/lab/world"
)

// way is how packets for a server on the Internet travel.
type way string

// The ways.
const (
	through way = "through the tunnel"
	beside  way = "beside the tunnel"
	nowhere way = "nowhere"
)

// scopes are the settings that decide what goes through the tunnel, with the ways to
// the web server and to the name server, over IPv4 and IPv6. NetworkManager ignores
// the routes in a profile, and has a default route through the tunnel.
var scopes = []struct {
	name     string
	settings map[string]any
	web, dns [2]way
}{
	{
		name:     "IPv6 is off",
		settings: map[string]any{"regions": []string{region}, "controlChannel": "tls-crypt", "ipv6": false},
		web:      [2]way{through, nowhere}, dns: [2]way{through, nowhere},
	},
	{
		name:     "only some networks",
		settings: map[string]any{"ipv6": true, "routes": []string{fabric.Web.String() + "/32", fabric.Web6.String() + "/128"}},
		web:      [2]way{through, through}, dns: [2]way{beside, beside},
	},
	{
		name:     "everything but some networks",
		settings: map[string]any{"routes": []string{"!" + fabric.Web.String() + "/32", "!" + fabric.Web6.String() + "/128"}},
		web:      [2]way{beside, beside}, dns: [2]way{through, through},
	},
}

// limitScope gives the devices profiles with the settings, and follows packets of each.
// If none may travel beside the tunnel, nothing at all may leave there.
func (e *everyClient) limitScope(t *testing.T, settings map[string]any, web, dns [2]way) {
	e.change(t, settings)
	for _, k := range e.kinds {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			web, dns := web, dns
			if k.desktop != nil {
				web, dns = withoutRoutes(web), withoutRoutes(dns)
			}
			e.hand(t, k.device, nameOfDevice(k.name))
			watched := k.desktop == nil && !slices.Contains(append(web[:], dns[:]...), beside)
			if watched {
				k.watch(t)
			}
			k.up(t)
			for i, page := range []string{world.AddressPage, world.AddressPage6} {
				eventually(t, 5*time.Second, func() error { return k.fetchesBy(t.Context(), page, e.seen(k, i, web[i]), web[i]) })
			}
			for i, resolver := range []netip.Addr{fabric.DNS, fabric.DNS6} {
				eventually(t, 5*time.Second, func() error { return e.asksBy(t.Context(), k, resolver, e.seen(k, i, dns[i]), dns[i]) })
			}
			if watched {
				require.NoError(t, k.rules.Check(k.unwatch(t)))
			}
			k.down(t)
		})
	}
}

// withoutRoutes replaces the ways beside the tunnel.
func withoutRoutes(ways [2]way) [2]way {
	for i := range ways {
		if ways[i] == beside {
			ways[i] = through
		}
	}
	return ways
}

// seen is the address from which a packet arrives that travels that way, in the family
// of the index.
func (e *everyClient) seen(k *kind, family int, by way) netip.Addr {
	if by == beside {
		return []netip.Addr{k.Address(), k.Address6()}[family]
	}
	return e.server[family]
}

// fetchesBy returns an error unless the page is fetched that way.
func (k *kind) fetchesBy(ctx context.Context, page string, from netip.Addr, by way) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	seen, err := k.Fetch(ctx, page)
	switch {
	case by == nowhere && err == nil:
		return fmt.Errorf("%s arrived from %s", page, strings.TrimSpace(seen))
	case by == nowhere:
		return nil
	case err == nil && strings.TrimSpace(seen) != from.String():
		return fmt.Errorf("the web server saw %s, not %s", strings.TrimSpace(seen), from)
	}
	return err
}

// asksBy returns an error unless a question reaches the name server that way. The name
// in it is the device's own.
func (e *everyClient) asksBy(ctx context.Context, k *kind, server, from netip.Addr, by way) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	name := nameOfDevice(k.name) + "." + server.String()[:4] + world.Zone
	resolver := net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return k.Dial(ctx, network, netip.AddrPortFrom(server, 53).String())
	}}
	_, _ = resolver.LookupNetIP(ctx, "ip4", name) // there is no such name
	var askers []netip.Addr
	for _, query := range e.world.DNS.Queries() {
		if query.Name == name {
			askers = append(askers, query.Asker)
		}
	}
	if by == nowhere && len(askers) == 0 {
		return nil
	}
	if by == nowhere || len(askers) == 0 || askers[len(askers)-1] != from {
		return fmt.Errorf("the name server %s was asked by %v, instead of %s from %s", server, askers, by, from)
	}
	return nil
}
