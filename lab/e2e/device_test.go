package e2e

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/controlchannel"
	"tripvpn/lab/fabric/capture"
	"tripvpn/lab/leak"
	"tripvpn/lab/machine"
	"tripvpn/lab/traveller"
	"tripvpn/lab/world"
)

// device is a traveller's machine with a profile and a running client.
type device struct {
	*traveller.Traveller
	session *traveller.Session
	stream  *traveller.Stream
	settled int // expected connections so far

	rules     leak.Rules       // what its profile lets leave beside the tunnel
	recording *capture.Capture // nil unless it is watched
}

// newDevice starts a machine. It runs until its Remove, or the trip's end.
func (c *trip) newDevice(t testing.TB, name string) *device {
	t.Helper()
	machine, err := c.world.Site.Traveller(t.Context(), name)
	return c.device(t, machine, err)
}

// newDeviceWith is newDevice with another OpenVPN client, from image.Clients or
// image.Desktops.
func (c *trip) newDeviceWith(t testing.TB, client, name string) *device {
	t.Helper()
	machine, err := c.world.Site.TravellerWith(t.Context(), client, name)
	return c.device(t, machine, err)
}

func (c *trip) device(t testing.TB, machine *traveller.Traveller, err error) *device {
	t.Helper()
	require.NoError(t, err)
	d := &device{Traveller: machine}
	c.devices = append(c.devices, d)
	return d
}

// hand gives a device its present profile, with the final newline that
// `pulumi stack output` adds.
func (c *trip) hand(t testing.TB, d *device, client string) {
	t.Helper()
	profile, err := c.stack.Text(t.Context(), client+".ovpn")
	require.NoError(t, err)
	require.NoError(t, d.Place(t.Context(), profilePath, []byte(profile+"\n")))
	d.rules = rulesOf(t, profile)
}

// connect starts the client with the device's profile, and waits for the tunnel.
func (d *device) connect(t testing.TB) {
	t.Helper()
	d.start(t)
	require.NoError(t, d.session.AwaitConnected(within(t, 30*time.Second)))
	d.settled = d.connections()
}

func (d *device) start(t testing.TB) {
	t.Helper()
	var err error
	d.session, err = d.Connect(profilePath)
	require.NoError(t, err)
}

func (d *device) disconnect(t testing.TB) {
	t.Helper()
	require.NoError(t, d.session.Disconnect(within(t, 20*time.Second)))
}

// download starts a stream through the tunnel.
func (d *device) download(t *testing.T) {
	t.Helper()
	var err error
	d.stream, err = d.Stream(world.StreamPage)
	require.NoError(t, err)
}

// connections counts the client's connections.
func (d *device) connections() int {
	return strings.Count(d.session.Log(), "Initialization Sequence Completed")
}

// requireUndisturbed requires the stream to continue over the same tunnel
// connection.
func (d *device) requireUndisturbed(t *testing.T, who string) {
	t.Helper()
	before, err := d.stream.Lines()
	require.NoError(t, err, who)
	eventually(t, 10*time.Second, func() error {
		lines, err := d.stream.Lines()
		if err == nil && lines <= before {
			err = fmt.Errorf("the stream of %s has stopped", who)
		}
		return err
	})
	require.Equal(t, d.settled, d.connections(), "%s has reconnected", who)
	_, longest := d.stream.Silence()
	t.Logf("the longest silence in the stream of %s was %.2f s", who, longest.Seconds())
}

// requireCut requires that the last line arrived after an up began, and at most
// five seconds after it returned.
func (d *device) requireCut(t *testing.T, began, returned time.Time) {
	t.Helper()
	eventually(t, 15*time.Second, func() error {
		if silent, _ := d.stream.Silence(); silent < 2*time.Second {
			return fmt.Errorf("a line arrived %s ago", silent)
		}
		return nil
	})
	require.WithinRange(t, d.stream.Last(), began, returned.Add(5*time.Second))
}

// requireToldToStop requires that the client ends within five seconds of then,
// because of the server's halt command.
func (d *device) requireToldToStop(t *testing.T, then time.Time) {
	t.Helper()
	select {
	case <-d.session.Ended():
	case <-time.After(time.Until(then.Add(5 * time.Second))):
		t.Fatalf("the client still runs:\n%s", d.session.Log())
	}
	require.Contains(t, d.session.Log(), "Halt command was pushed by server ('this device is no longer admitted')")
}

// host is the host in the region under test.
func (c *trip) host(t testing.TB) *machine.Machine {
	t.Helper()
	host, err := c.world.Host(c.at)
	require.NoError(t, err)
	return host
}

const server = "openvpn-server@darrell.service"

// serverLog is OpenVPN's log on the host since its last boot.
func (c *trip) serverLog(t *testing.T) string {
	t.Helper()
	log, err := c.host(t).Run(t.Context(), "journalctl", "--boot", "--no-pager", "--output=cat", "--unit="+server)
	require.NoError(t, err)
	return log
}

// awaitServerLog waits until the log has a text more often than before.
func (c *trip) awaitServerLog(t *testing.T, text string, before int) {
	t.Helper()
	eventually(t, 60*time.Second, func() error {
		if strings.Count(c.serverLog(t), text) <= before {
			return fmt.Errorf("the server's log has no new %q", text)
		}
		return nil
	})
}

func (c *trip) serverProcess(t *testing.T) string {
	t.Helper()
	pid := c.mainProcess(t)
	require.NotEqual(t, "0", pid)
	return pid
}

// mainProcess is the server's PID, or 0 if it does not run.
func (c *trip) mainProcess(t *testing.T) string {
	t.Helper()
	pid, err := c.host(t).Run(t.Context(), "systemctl", "show", "--property=MainPID", "--value", server)
	require.NoError(t, err)
	return strings.TrimSpace(pid)
}

// connected lists the clients in the host's status.
func (c *trip) connected(t *testing.T) []string {
	t.Helper()
	return slices.Collect(maps.Keys(c.tunnelAddresses(t)))
}

// serverStatus is one listener in the host's status.
type serverStatus struct {
	Name, DataPath string
	Clients        []client
}

// client is a connected device in the host's status.
type client struct {
	Name                     string
	Address                  netip.Addr // in the tunnel
	BytesReceived, BytesSent uint64
}

func (c *trip) status(t *testing.T) []serverStatus {
	t.Helper()
	return statusOf(t, c.host(t))
}

func statusOf(t *testing.T, host *machine.Machine) []serverStatus {
	t.Helper()
	output, code := bootstrap(t, host, nil, "status", "-json")
	require.Zero(t, code, output)
	var status struct{ Servers []serverStatus }
	require.NoError(t, json.Unmarshal([]byte(output), &status))
	return status.Servers
}

// tunnelAddresses maps each client in the host's status to its IPv4 address in
// the tunnel.
func (c *trip) tunnelAddresses(t *testing.T) map[string]netip.Addr {
	t.Helper()
	addresses := map[string]netip.Addr{}
	for _, server := range c.status(t) {
		for _, client := range server.Clients {
			addresses[client.Name] = client.Address
		}
	}
	return addresses
}

// listeners maps each client in the host's status to the listener that serves it.
func (c *trip) listeners(t *testing.T) map[string]string {
	t.Helper()
	listeners := map[string]string{}
	for _, server := range c.status(t) {
		for _, client := range server.Clients {
			listeners[client.Name] = server.Name
		}
	}
	return listeners
}

// change updates the stack with some settings, and requires an empty preview
// afterwards.
func (c *trip) change(t *testing.T, settings map[string]any, replace ...string) map[string]int {
	t.Helper()
	for key, value := range settings {
		c.settings[key] = value
	}
	require.NoError(t, c.stack.Configure(context.Background(), c.settings))
	c.began = time.Now()
	result, err := c.stack.Up(t.Context(), replace...)
	c.returned = time.Now()
	require.NoError(t, err)
	preview, err := c.stack.Preview(t.Context())
	require.NoError(t, err)
	require.False(t, preview.Changed(), "a preview right after: %v", preview.Changes)
	return result.Changes
}

// fingerprints maps each client to its profile's fingerprint.
func (c *trip) fingerprints(t *testing.T) map[string]any {
	t.Helper()
	profiles, err := c.stack.Output(t.Context(), "profiles")
	require.NoError(t, err)
	return profiles.(map[string]any)
}

// answersProbe reports whether a server at an address answers a probe with its key.
func answersProbe(ctx context.Context, d *device, key controlchannel.Key, address string) bool {
	packet, _, err := key.Probe(rand.Reader)
	if err != nil {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	answer, err := d.Probe(ctx, "udp", netip.AddrPortFrom(netip.MustParseAddr(address), 1194), packet)
	return err == nil && answer == traveller.Open
}

// requireStateHides requires that the stack's state has none of the texts, even
// in its secrets.
func (c *trip) requireStateHides(t *testing.T, texts ...string) {
	t.Helper()
	state, err := c.stack.Decrypted(t.Context())
	require.NoError(t, err)
	require.Contains(t, string(state), c.address(t, c.at))
	for _, text := range texts {
		require.NotContains(t, string(state), text)
	}
}

// address is the server's IPv4 address in a region.
func (c *trip) address(t *testing.T, region string) string {
	t.Helper()
	servers, err := c.stack.Output(t.Context(), "servers")
	require.NoError(t, err)
	address, ok := servers.(map[string]any)[region].(string)
	require.True(t, ok, "a server in %s", region)
	return address
}

// address6 is the server's IPv6 address in a region.
func (c *trip) address6(t *testing.T, region string) netip.Addr {
	t.Helper()
	host, err := c.world.Host(region)
	require.NoError(t, err)
	said, err := host.Run(t.Context(), "ip", "-6", "-oneline", "address", "show", "dev", "ens5", "scope", "global")
	require.NoError(t, err)
	fields := strings.Fields(said) // "2: ens5 inet6 2001:db8::4/128 scope global …"
	require.Greater(t, len(fields), 3, said)
	prefix, err := netip.ParsePrefix(fields[3])
	require.NoError(t, err)
	return prefix.Addr()
}

// seenAs returns an error unless the web server sees the device at that address.
func (d *device) seenAs(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	seen, err := d.Fetch(ctx, world.AddressPage)
	if err == nil && strings.TrimSpace(seen) != address {
		err = fmt.Errorf("the web server saw %s, not %s", strings.TrimSpace(seen), address)
	}
	return err
}

// requireNothingLeft requires no trace of a region in the account.
func (c *trip) requireNothingLeft(t *testing.T, region string) {
	t.Helper()
	for _, line := range c.world.Cloud.Inventory() {
		require.NotContains(t, line, region)
	}
}

// requireHidden requires that neither the web server nor the name server has seen
// a device's own address since forget.
func (c *trip) requireHidden(t *testing.T, d *device) {
	t.Helper()
	require.NotEmpty(t, c.world.Web.Callers())
	for _, caller := range c.world.Web.Callers() {
		require.NotEqual(t, d.Address(), caller)
		require.NotEqual(t, d.Address6(), caller)
	}
	for _, query := range c.world.DNS.Queries() {
		require.NotEqual(t, d.Address(), query.Asker)
		require.NotEqual(t, d.Address6(), query.Asker)
	}
}

// forget empties the lists of seen addresses.
func (c *trip) forget() {
	c.world.Web.Forget()
	c.world.DNS.Forget()
}
