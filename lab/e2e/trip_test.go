package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/world"
)

// TestTrip lists the chapters of a trip.
func TestTrip(t *testing.T) {
	trip := newTrip(t, "trip", map[string]any{"handOver": true})
	inOrder(t, []chapter{
		{"bad settings are refused before any resource", trip.refusesBadSettings},
		{"the documented settings are accepted", trip.documentedSettings},
		{"the first preview works, and says what the trip costs", trip.firstPreview},
		{"up builds everything", trip.up},
		{"an unchanged stack stays unchanged", trip.unchanged},
		{"no key leaks", trip.keepsSecrets},
		{"the intermediate signs only leaves", trip.boundsTheChain},
		{"strangers are refused", trip.refusesStrangers},
		{"the exported file works unchanged", trip.connects},
		{"the exported file works as a service", trip.connectsAsService},
		{"the file that the page saves works", trip.handsOver},
		{"a link lends the page until it is withdrawn", trip.lends},
		{"code in OpenVPN's place stays in the sandbox", trip.staysInTheSandbox},
		{"the host keeps addresses in the journal only", trip.keepsAddressesInTheJournal},
		{"only root gets user data", trip.keepsUserDataForRoot},
		{"SSH takes only the operator's key and modern algorithms", trip.limitsSSH},
		{"SSH follows the operator's address, over both IP versions", trip.followsTheOperator},
		{"a flood disturbs no client and fills nothing", trip.holdsAgainstFloods},
		{"no packet leaves the server untranslated", trip.leavesTranslated},
		{"the documented commands work", trip.documentedCommands},
		{"a fresh host gets its packages, and a plan changes nothing", trip.plansFreshHost},
		{"a file changed by hand is detected and repaired", trip.repairsDrift},
		{"changes that weaken firewall and sandbox are reported", trip.reportsWeakening},
		{"a damaged spec is reported and sent again", trip.repairsDamagedSpec},
		{"the host survives faults", trip.survivesFaults},
		{"a security update installs itself under a connected client", trip.installsUpdates},
		{"the host reboots under a connected client", trip.survivesReboot},
		{"a backup restores the trip on another machine", trip.restoresABackup},
		{"without logs the host keeps no address", trip.keepsNoAddresses},
		{"a server without logs says why it ended", trip.saysWhyItEnded},
		{"destroy leaves nothing", trip.destroys},
	})
}

func (c *trip) refusesBadSettings(t *testing.T) {
	bad, err := c.world.NewStack(t.Context(), "bad", map[string]any{
		"regions": []string{"virginia"}, "clients": []string{"../x"}, "subnet": "10.8.0.1/24",
		"adminCidrs": []string{"0.0.0.0/0"}, "image": "windows", "instanceType": "nano", "cpuCredits": "endless",
		"revoked": []string{"nobody"}, "style": "baroque", "until": "2020-02-02", "domain": "vpn.example.com", "zone": world.Zone,
	})
	require.NoError(t, err)
	_, err = bad.Up(t.Context())
	for _, key := range []string{"regions[0]", "clients[0]", "subnet", "adminCidrs[0]", "image", "instanceType", "cpuCredits",
		"revoked[0]", "style", "until", "zone"} {
		require.ErrorContains(t, err, "tripvpn:"+key)
	}
	resources, err := bad.Resources(t.Context())
	require.NoError(t, err)
	for _, urn := range resources {
		require.Contains(t, urn, "pulumi:pulumi:Stack", "a refused stack has no other resource")
	}
	require.Empty(t, c.world.Cloud.Inventory())
}

func (c *trip) firstPreview(t *testing.T) {
	result, err := c.stack.Preview(t.Context())
	require.NoError(t, err)
	require.Greater(t, result.Changes["create"], 30)
	require.Empty(t, c.world.Cloud.Inventory(), "a preview must not create anything")
	require.Regexp(t, `(?m)^us-east-1: \d\.\d\d USD a day, \d\.\d\d USD a month; 100 GB of traffic to the Internet 10\.00 USD; before taxes$`,
		strings.Join(result.Infos, "\n"))
}

func (c *trip) up(t *testing.T) {
	c.observed = observe(t)
	_, err := c.stack.Up(t.Context())
	c.observed.stop()
	require.NoError(t, err)
	c.endpoint, err = c.stack.Text(t.Context(), "endpoint")
	require.NoError(t, err)
	c.profile, err = c.stack.Text(t.Context(), "darrell.ovpn")
	require.NoError(t, err)
	c.traveller, err = c.world.Site.Traveller(t.Context(), "darrell")
	require.NoError(t, err)
}

func (c *trip) unchanged(t *testing.T) {
	preview, err := c.stack.Preview(t.Context())
	require.NoError(t, err)
	require.False(t, preview.Changed(), "preview: %v", preview.Changes)
	up, err := c.stack.Up(t.Context())
	require.NoError(t, err)
	require.False(t, up.Changed(), "up: %v", up.Changes)
	_, err = c.stack.Refresh(t.Context())
	require.NoError(t, err)
	preview, err = c.stack.Preview(t.Context())
	require.NoError(t, err)
	require.False(t, preview.Changed(), "preview after a refresh: %v", preview.Changes)
}

const profilePath = "/root/darrell.ovpn"

func (c *trip) connects(t *testing.T) {
	require.NoError(t, c.traveller.Place(t.Context(), profilePath, []byte(c.profile)))
	before, err := c.traveller.Fetch(t.Context(), world.AddressPage)
	require.NoError(t, err)
	require.Equal(t, c.traveller.Address().String(), strings.TrimSpace(before), "without a tunnel the web server sees the traveller")

	session, err := c.traveller.Connect(profilePath)
	require.NoError(t, err)
	require.NoError(t, session.AwaitConnected(within(t, 30*time.Second)))
	c.world.Web.Forget()
	c.seesTheServer(t)
	for _, caller := range c.world.Web.Callers() {
		require.NotEqual(t, c.traveller.Address(), caller)
		require.NotEqual(t, c.traveller.Address6(), caller)
	}
	require.NoError(t, session.Disconnect(within(t, 20*time.Second)))
}

func (c *trip) connectsAsService(t *testing.T) {
	service, err := c.traveller.Install(t.Context(), "darrell", []byte(c.profile))
	require.NoError(t, err)
	require.NoError(t, service.AwaitConnected(within(t, 30*time.Second)))
	c.seesTheServer(t)
	require.NoError(t, service.Remove(within(t, 20*time.Second)))
}

// seesTheServer requires the web server to see the server's address, over IPv4
// and IPv6.
func (c *trip) seesTheServer(t *testing.T) {
	t.Helper()
	require.NoError(t, c.looksLikeTheServer(t))
	seen6, err := c.traveller.Fetch(t.Context(), world.AddressPage6)
	require.NoError(t, err)
	host, err := c.world.Host(region)
	require.NoError(t, err)
	addresses, err := host.Run(t.Context(), "ip", "-6", "-oneline", "address", "show", "scope", "global")
	require.NoError(t, err)
	require.Contains(t, addresses, " "+strings.TrimSpace(seen6)+"/", "over IPv6 the web server sees the server's address")
}

func (c *trip) looksLikeTheServer(t *testing.T) error {
	seen, err := c.traveller.Fetch(t.Context(), world.AddressPage)
	if err == nil && strings.TrimSpace(seen) != c.endpoint {
		err = fmt.Errorf("the web server saw %s, not %s", seen, c.endpoint)
	}
	return err
}

func (c *trip) destroys(t *testing.T) {
	_, err := c.stack.Destroy(t.Context())
	require.NoError(t, err)
	require.NoError(t, c.traveller.Remove(t.Context()))
	resources, err := c.stack.Resources(t.Context())
	require.NoError(t, err)
	require.Empty(t, resources)
	left, err := c.world.Leftovers()
	require.NoError(t, err)
	require.Empty(t, left)
}
