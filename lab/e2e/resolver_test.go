package e2e

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/traveller"
	"tripvpn/lab/world"
)

// askers fetches a page by name, and returns the addresses that asked for the name. No
// other device may ask for it meanwhile.
func (c *trip) askers(ctx context.Context, d *traveller.Traveller) ([]netip.Addr, error) {
	c.world.DNS.Forget()
	_, err := d.Fetch(ctx, world.NamedPage)
	var askers []netip.Addr
	for _, query := range c.world.DNS.Queries() {
		if query.Name == world.WebName && !slices.Contains(askers, query.Asker) {
			askers = append(askers, query.Asker)
		}
	}
	return askers, err
}

// requireAskedBy requires that a look-up works, and is seen from these addresses only.
func (c *trip) requireAskedBy(t *testing.T, d *traveller.Traveller, addresses ...netip.Addr) {
	t.Helper()
	askers, err := c.askers(t.Context(), d)
	require.NoError(t, err)
	require.NotEmpty(t, askers)
	require.Subset(t, addresses, askers)
}

func resolverSettings(t *testing.T, d *traveller.Traveller) string {
	t.Helper()
	settings, err := d.ResolverSettings(t.Context())
	require.NoError(t, err)
	return settings
}

// asksByItself are the clients that ask for all names through the tunnel. The others
// leave the machine's resolver as it is.
var asksByItself = []string{"openvpn-2.7", "network-manager-1.42", "network-manager-1.52"}

// asks has each device look a name up in a network with a local resolver.
func (e *everyClient) asks(t *testing.T) {
	for _, k := range e.kinds {
		t.Run(k.name, func(t *testing.T) {
			if k.desktop == nil {
				require.NoError(t, k.UseLocalResolver(t.Context()))
			}
			before := resolverSettings(t, k.Traveller)
			e.requireAskedBy(t, k.Traveller, k.Address())
			k.up(t)
			k.awaitResolver(t, func(now string) bool { return now != before })
			if slices.Contains(asksByItself, k.name) {
				e.requireAskedBy(t, k.Traveller, e.server...)
			} else {
				e.requireAskedBy(t, k.Traveller, k.Address())
			}
			k.down(t)
			k.awaitResolver(t, func(now string) bool { return now == before })
			e.requireAskedBy(t, k.Traveller, k.Address())
			require.Equal(t, before, resolverSettings(t, k.Traveller))
		})
	}
}

// awaitResolver waits until NetworkManager has written resolv.conf(5): nmcli returns
// before that. OpenVPN needs no wait.
func (k *kind) awaitResolver(t *testing.T, done func(now string) bool) {
	t.Helper()
	if k.desktop == nil {
		return
	}
	eventually(t, 5*time.Second, func() error {
		if now := resolverSettings(t, k.Traveller); !done(now) {
			return fmt.Errorf("the resolver's settings are %s", now)
		}
		return nil
	})
}
