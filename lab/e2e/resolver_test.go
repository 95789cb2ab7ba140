package e2e

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
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

// asksOnDebian12 runs the documented commands on Debian 12. TestTrip runs them on Debian
// 13.
func (e *everyClient) asksOnDebian12(t *testing.T) {
	i := slices.IndexFunc(e.kinds, func(k *kind) bool { return k.name == "openvpn-2.6" })
	d := e.kinds[i].Traveller
	e.asksAsService(t, d, documentedService(t), e.server)
}

const clientUnit = "openvpn-client@darrell.service"

// asksAsService installs a service as documented, with the profile in /root, on a machine
// without systemd-resolved. All names are then asked from the server's addresses,
// also while the client reconnects, and when it has stopped, from the machine's own.
func (c *trip) asksAsService(t *testing.T, d *traveller.Traveller, script string, server []netip.Addr) {
	run := func(args ...string) string {
		t.Helper()
		said, err := d.Machine().Run(t.Context(), args...)
		require.NoError(t, err)
		return said
	}
	log := func() string { return run("journalctl", "--boot", "--no-pager", "--output=cat", "--unit="+clientUnit) }
	connections := func() int { return strings.Count(log(), "Initialization Sequence Completed") }
	reconnected := func(before int) error {
		if now := connections(); now <= before {
			return fmt.Errorf("still %d connections; the client's log:\n%s", now, log())
		}
		return nil
	}
	before := connections()
	require.NoError(t, d.UseLocalResolver(t.Context()))
	run("env", "DEBIAN_FRONTEND=noninteractive", "bash", "-euo", "pipefail", "-c", "cd /root\n"+script)
	require.NoError(t, d.UseLocalResolver(t.Context())) // as systemd-resolved learns it from DHCP
	eventually(t, 30*time.Second, func() error { return reconnected(before) })
	c.requireAskedBy(t, d, server...)

	before = connections()
	run("systemctl", "kill", "--signal=USR1", clientUnit)
	eventually(t, 30*time.Second, func() error {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		askers, _ := c.askers(ctx, d) // only a leak matters
		require.NotContains(t, askers, d.Address())
		return reconnected(before)
	})
	c.requireAskedBy(t, d, server...)

	// The routing domain is what keeps systemd-resolved from asking on all links.
	run("resolvectl", "domain", "tun0", "")
	askers, err := c.askers(t.Context(), d)
	require.NoError(t, err)
	require.Contains(t, askers, d.Address())

	var settings []string
	for range 2 {
		run("systemctl", "stop", clientUnit)
		c.requireAskedBy(t, d, d.Address())
		settings = append(settings, resolverSettings(t, d))
		before = connections()
		run("systemctl", "start", clientUnit)
		eventually(t, 30*time.Second, func() error { return reconnected(before) })
		c.requireAskedBy(t, d, server...)
	}
	require.Equal(t, settings[0], settings[1])
	run("systemctl", "stop", clientUnit)
}
