package e2e

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/image"
	"tripvpn/lab/traveller"
	"tripvpn/lab/world"
)

// everyClient is a trip with a device for each kind of client.
type everyClient struct {
	*trip
	kinds  []*kind
	server []netip.Addr // its public addresses, IPv4 and IPv6
	asking sync.Mutex   // held to ask for the status: OpenVPN serves one at a time
}

// kind is a device with one kind of client. On a desktop NetworkManager runs it.
type kind struct {
	*device
	name     string
	client   string             // program and version, "OpenVPN 2.6.14"
	system   string             // "Debian 12"
	desktop  *traveller.Desktop // nil if openvpn runs without NetworkManager
	vpn      *traveller.VPN     // the desktop's imported profile
	outcomes []outcome          // one for each of servers
}

// debian13 is the travellers' default client, OpenVPN 2.6 of Debian 13.
const debian13 = "debian-13"

// servers are the settings that decide how clients can connect, in the order of the
// documented table. Settings stay until another server changes them.
var servers = []struct {
	name     string
	settings map[string]any
}{
	{"default", nil},
	{"`domain`", map[string]any{"domain": "vpn.example.org", "zone": world.Zone}},
	{"`tls-crypt`", map[string]any{"controlChannel": "tls-crypt", "domain": "", "zone": ""}},
	{"`tls-auth`", map[string]any{"controlChannel": "tls-auth"}},
	{"`classic`", map[string]any{"controlChannel": "auto", "style": "classic"}},
	{"`classic`, two regions", map[string]any{"regions": []string{east, west}}},
	{"default, two regions", map[string]any{"style": "modern"}},
}

// TestEveryClient lists the chapters of a trip with every kind of client.
func TestEveryClient(t *testing.T) {
	names := slices.Concat(image.Clients(), []string{debian13}, image.Desktops())
	devices := []string{}
	for _, name := range names {
		devices = append(devices, nameOfDevice(name))
	}
	e := &everyClient{trip: newTrip(t, "every-client", map[string]any{"clients": devices})}
	chapters := []chapter{
		{"each device boots", func(t *testing.T) { e.boot(t, names) }},
		{"up builds the server", e.builds},
		{"NetworkManager's clients reconnect after a server restart", e.surviveRestart},
	}
	for _, s := range servers {
		chapters = append(chapters, chapter{s.name, func(t *testing.T) { e.connect(t, s.settings) }})
	}
	chapters = append(chapters,
		chapter{"the documentation has the same table", e.isDocumented},
		chapter{"names are asked through the tunnel, or not, as documented", e.asks},
		chapter{"the documented service on Debian 12 asks for names through the tunnel", e.asksOnDebian12},
	)
	for _, s := range scopes {
		chapters = append(chapters, chapter{s.name, func(t *testing.T) { e.limitScope(t, s.settings, s.web, s.dns) }})
	}
	inOrder(t, append(chapters, chapter{"destroy leaves nothing", e.end}))
}

func nameOfDevice(kind string) string { return strings.ReplaceAll(kind, ".", "-") }

func (e *everyClient) boot(t *testing.T, names []string) {
	for _, name := range names {
		began := time.Now()
		k := &kind{name: name}
		if name == debian13 {
			k.device = e.newDevice(t, nameOfDevice(name))
		} else {
			k.device = e.newDeviceWith(t, name, nameOfDevice(name))
		}
		e.kinds = append(e.kinds, k)
		require.NoError(t, k.Machine().AwaitBooted(within(t, time.Minute)))
		k.readVersions(t)
		if slices.Contains(image.Desktops(), name) {
			var err error
			k.desktop, err = k.Desktop(within(t, time.Minute))
			require.NoError(t, err)
		}
		t.Logf("%s booted in %.1f s", name, time.Since(began).Seconds())
	}
}

// readVersions asks the programs for their versions.
func (k *kind) readVersions(t *testing.T) {
	t.Helper()
	k.system = k.says(t, `. /etc/os-release; echo "Debian ${VERSION_ID:-sid}"`)
	k.client = k.says(t, `openvpn --version | awk '{ print $1, $2; exit }'`)
	if slices.Contains(image.Desktops(), k.name) {
		k.client = k.says(t, `echo "NetworkManager $(NetworkManager --version)"`) + ", " + k.client
	}
}

// says returns the line that a shell command prints on the device.
func (k *kind) says(t *testing.T, command string) string {
	t.Helper()
	line, err := k.Machine().Run(t.Context(), "sh", "-ec", command)
	require.NoError(t, err)
	return strings.TrimSpace(line)
}

func (e *everyClient) builds(t *testing.T) {
	e.change(t, nil)
	e.server = []netip.Addr{netip.MustParseAddr(e.address(t, region)), e.address6(t, region)}
}

// connect updates the server with the settings, and gives each device its new
// profile. All devices connect at the same time, to the first region.
func (e *everyClient) connect(t *testing.T, settings map[string]any) {
	e.change(t, settings)
	for _, k := range e.kinds {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			e.hand(t, k.device, nameOfDevice(k.name))
			began := k.up(t)
			eventually(t, 5*time.Second, func() error { return k.comesFrom(t.Context(), e.server) })
			took := time.Since(began)
			k.outcomes = append(k.outcomes, outcome{e.transportOf(t, k), took})
			k.down(t)
			own := []netip.Addr{k.Address(), k.Address6()}
			eventually(t, 5*time.Second, func() error { return k.comesFrom(t.Context(), own) })
		})
	}
}

// transportOf returns the protocol over which the server serves a device.
func (e *everyClient) transportOf(t *testing.T, k *kind) string {
	t.Helper()
	e.asking.Lock()
	defer e.asking.Unlock()
	listener := e.listeners(t)[nameOfDevice(k.name)]
	transport, known := map[string]string{overUDP: "UDP", overTCP: "TCP"}[listener]
	require.True(t, known, "%s is served by %q", k.name, listener)
	return transport
}

// up connects with the profile that was handed over, and returns when it started the
// client.
func (k *kind) up(t *testing.T) (began time.Time) {
	t.Helper()
	if k.desktop == nil {
		began = time.Now()
		k.device.connect(t)
		return began
	}
	var err error
	k.vpn, err = k.desktop.Import(t.Context(), profilePath)
	require.NoError(t, err)
	began = time.Now()
	require.NoError(t, k.vpn.Up(within(t, 30*time.Second)))
	return began
}

func (k *kind) down(t *testing.T) {
	t.Helper()
	if k.desktop == nil {
		k.device.disconnect(t)
		return
	}
	require.NoError(t, k.vpn.Down(within(t, 20*time.Second)))
	require.NoError(t, k.vpn.Remove(t.Context()))
}

// comesFrom returns an error unless the web server sees these addresses, IPv4 and
// IPv6.
func (k *kind) comesFrom(ctx context.Context, addresses []netip.Addr) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	for i, page := range []string{world.AddressPage, world.AddressPage6} {
		seen, err := k.Fetch(ctx, page)
		if err == nil && strings.TrimSpace(seen) != addresses[i].String() {
			err = fmt.Errorf("the web server saw %s, not %s", strings.TrimSpace(seen), addresses[i])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// surviveRestart restarts the server while the desktops are connected.
func (e *everyClient) surviveRestart(t *testing.T) {
	var devices []*device
	desktops := slices.DeleteFunc(slices.Clone(e.kinds), func(k *kind) bool { return k.desktop == nil })
	for _, k := range desktops {
		e.hand(t, k.device, nameOfDevice(k.name))
		k.up(t)
		devices = append(devices, k.device)
	}
	w := e.expose(t, devices...)
	w.awaitThrough(t, region, 10*time.Second)
	before := make([]int, len(desktops))
	for i, k := range desktops {
		before[i] = k.desktopConnections(t)
	}
	_, err := e.host(t).Run(t.Context(), "systemctl", "restart", server)
	require.NoError(t, err)
	began := time.Now()
	w.awaitThrough(t, region, 30*time.Second)
	t.Logf("connected again %.1f s after the server's start", time.Since(began).Seconds())
	w.requireClosed(t)
	for i, k := range desktops {
		require.Greater(t, k.desktopConnections(t), before[i], k.name)
		state, err := k.vpn.State(t.Context())
		require.NoError(t, err)
		require.Equal(t, "activated", state, k.name)
		k.down(t)
	}
}

// desktopConnections counts the connections of OpenVPN under NetworkManager.
func (k *kind) desktopConnections(t *testing.T) int {
	t.Helper()
	log, err := k.desktop.Log(t.Context())
	require.NoError(t, err)
	return strings.Count(log, "Initialization Sequence Completed")
}

func (e *everyClient) end(t *testing.T) {
	last := len(e.kinds) - 1
	for _, k := range e.kinds[:last] {
		require.NoError(t, k.Remove(t.Context()))
	}
	e.traveller = e.kinds[last].Traveller
	e.destroys(t)
}
