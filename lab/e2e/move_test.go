package e2e

import (
	"context"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
	"github.com/stretchr/testify/require"

	"tripvpn/internal/golden"
	"tripvpn/lab/fabric"
	"tripvpn/lab/fabric/netns"
	"tripvpn/lab/poll"
	"tripvpn/lab/stack"
	"tripvpn/lab/world"
)

const (
	east = region
	west = "eu-west-1"

	domain = "vpn." + world.Zone
)

// move is a trip whose server moves under a client that stays connected.
type move struct {
	*trip
	anna         *device
	old          string            // the present server's address
	profileSum   string            // of anna's file, which never changes
	certificates map[string]string // URN's end → serial number
	tunnel       netip.Addr        // the client's address in the tunnel
}

// TestMove lists the chapters of a move.
func TestMove(t *testing.T) {
	m := &move{trip: newTrip(t, "move", map[string]any{
		"regions": []string{east}, "clients": []string{"anna"}, "domain": domain, "zone": world.Zone,
	})}
	inOrder(t, []chapter{
		{"up with a name", m.begins},
		{"in another network the client reconnects by the name", m.roams},
		{"a preview creates first and deletes last", m.previews},
		{"packages cannot be fetched, and the old server keeps running", func(t *testing.T) { m.lacksPackages(t, west) }},
		{"the update is repaired, and the client follows", func(t *testing.T) { m.finishes(t, east, west) }},
		{"the host cannot be reached, and the old server keeps running", m.lacksAccess},
		{"the update is repaired, and the client follows back", func(t *testing.T) { m.finishes(t, west, east) }},
		{"verify fails, and the old server keeps running", m.failsVerify},
		{"the update is repaired, and the client follows again", func(t *testing.T) { m.finishes(t, east, west) }},
		{"packages cannot be fetched again, and the move is undone", m.undoesMove},
		{"another address on the same server", m.readdresses},
		{"everything is tagged", m.tagged},
		{"destroy leaves nothing", m.end},
	})
}

func (m *move) begins(t *testing.T) {
	m.change(t, nil)
	m.anna = m.newDevice(t, "anna")
	m.hand(t, m.anna, "anna")
	profile, err := m.stack.Text(t.Context(), "anna.ovpn")
	require.NoError(t, err)
	require.Equal(t, 2, strings.Count(profile, "\nremote "))
	require.Contains(t, profile, "\nremote "+domain+" 1194 udp\nremote "+domain+" 443 tcp\n")
	require.NotContains(t, profile, m.address(t, east))
	m.profile, m.profileSum = profile, m.sum(t)
	m.allowServer(t)
	m.anna.connectWatched(t)
	require.NoError(t, m.anna.rules.Check(m.anna.unwatch(t)))
	m.old, m.certificates = m.address(t, east), m.serials(t)
	require.NoError(t, m.anna.seenAs(t.Context(), m.old))
	require.Len(t, m.certificates, 4)
	m.tunnel = m.tunnelAddresses(t)["anna"]
	m.requireNameLeadsTo(t, m.old)
}

// allowServer lets the device contact the addresses that the name has now, and look the
// name up.
func (m *move) allowServer(t *testing.T) {
	t.Helper()
	found, err := m.anna.Lookup(t.Context(), domain)
	require.NoError(t, err)
	m.anna.rules = rulesOf(t, m.profile, found...)
}

// roams moves the client to another network, where it has no route to the server.
// After 45 s of silence the client takes the tunnel down, because the pushed resolvers
// are behind it, and traffic bypasses it until the client is back.
func (m *move) roams(t *testing.T) {
	e := m.expose(t, m.anna)
	e.awaitThrough(t, east, 10*time.Second)
	require.NoError(t, m.anna.Unplug(t.Context()))
	require.NoError(t, m.anna.Roam(t.Context(), fabric.IPv4AndIPv6))
	e.own = append(e.own, m.anna.Address(), m.anna.Address6())
	require.NoError(t, m.anna.Plug(t.Context()))
	began := time.Now()
	eventually(t, 90*time.Second, func() error { return m.anna.seenAs(t.Context(), m.old) })
	t.Logf("the client was back after %.1f s", time.Since(began).Seconds())
	e.requireOpened(t)
}

// requireNameLeadsTo requires the name to resolve to this IPv4 address and one
// IPv6 address.
func (m *move) requireNameLeadsTo(t *testing.T, address string) {
	t.Helper()
	found, err := m.anna.Lookup(t.Context(), domain)
	require.NoError(t, err)
	require.Len(t, found, 2)
	require.Contains(t, found, netip.MustParseAddr(address))
}

func (m *move) sum(t *testing.T) string {
	t.Helper()
	sum, err := m.anna.Machine().Run(t.Context(), "sh", "-euc", "sha256sum "+profilePath+"; stat -c %Y "+profilePath)
	require.NoError(t, err)
	return sum
}

func (m *move) serials(t *testing.T) map[string]string {
	t.Helper()
	resources, err := m.stack.Resources(t.Context())
	require.NoError(t, err)
	serials := map[string]string{}
	for _, urn := range resources {
		if strings.Contains(urn, "SignedCert::") {
			serials[urn] = m.certificate(t, urn).SerialNumber.String()
		}
	}
	return serials
}

// previews pins the steps of a move. The engine works on several resources at
// once, so of their order only this is pinned: deletions follow the last
// creation.
func (m *move) previews(t *testing.T) {
	m.settings["regions"] = []string{west}
	require.NoError(t, m.stack.Configure(t.Context(), m.settings))
	preview, err := m.stack.Preview(t.Context())
	require.NoError(t, err)
	requireDeletesLast(t, preview.Steps)
	var lines []string
	for _, step := range preview.Steps {
		require.NotContains(t, step.URN, "SignedCert::", "a move changes no certificate")
		lines = append(lines, step.String()+"\n")
	}
	slices.Sort(lines)
	golden.Require(t, "move.golden", strings.Join(lines, ""))
}

func requireDeletesLast(t *testing.T, steps []stack.Step) {
	t.Helper()
	deleting := false
	for _, step := range steps {
		isDelete := strings.HasPrefix(step.Operation, "delete")
		require.False(t, deleting && !isDelete, "%s comes after a delete", step)
		deleting = deleting || isDelete
	}
	require.True(t, deleting)
}

// lacksPackages disconnects the lab's package proxy from the Internet.
func (m *move) lacksPackages(t *testing.T, to string) {
	proxy := func(what string) {
		require.NoError(t, netns.IP(context.Background(), fabric.Internet,
			fmt.Sprintf("address %s %s/32 dev lo", what, fabric.PackageProxy.Addr())))
	}
	proxy("del")
	defer proxy("add")
	m.fails(t, to, "darrell-"+to+"-packages", fabric.PackageProxy.Addr().String())
}

// undoesMove undoes a failed move. The client stays connected.
func (m *move) undoesMove(t *testing.T) {
	m.lacksPackages(t, east)
	m.change(t, map[string]any{"regions": []string{west}})
	m.requireNothingLeft(t, east)
	require.Equal(t, m.anna.settled, m.anna.connections())
	require.NoError(t, m.anna.seenAs(t.Context(), m.old))
	require.Equal(t, m.certificates, m.serials(t))
}

// lacksAccess disables SSH on the new host.
func (m *move) lacksAccess(t *testing.T) {
	restore := m.sabotage(east, "mv /usr/sbin/sshd /usr/sbin/sshd.away; until systemctl stop ssh.service; do sleep 0.1; done",
		"mv /usr/sbin/sshd.away /usr/sbin/sshd; systemctl reset-failed ssh; systemctl start ssh")
	m.fails(t, east, "darrell-us-east-1-packages", "failed attempts: dial tcp")
	restore(t)
}

// failsVerify makes the host report that a reboot is late.
func (m *move) failsVerify(t *testing.T) {
	restore := m.sabotage(west, "touch --date='3 days ago' /run/reboot-required", "rm /run/reboot-required")
	m.fails(t, west, "darrell-eu-west-1-vpn", "a security update is not in use: a reboot is required since")
	restore(t)
}

// sabotage runs a script on a region's machine as soon as the machine exists.
// It returns a function that undoes the script.
func (m *move) sabotage(region, script, undo string) (restore func(*testing.T)) {
	done := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
		defer cancel()
		done <- poll.Until(ctx, 20*time.Millisecond, func() (bool, error) {
			host, err := m.world.Host(region)
			if err != nil {
				return false, nil
			}
			_, err = host.Run(ctx, "sh", "-euc", script)
			return err == nil, err
		})
	}()
	return func(t *testing.T) {
		require.NoError(t, <-done)
		host, err := m.world.Host(region)
		require.NoError(t, err)
		_, err = host.Run(t.Context(), "sh", "-euc", undo)
		require.NoError(t, err)
	}
}

// fails requires an update to fail, with the place and the reason in its message.
// The client must lose no packet on the old server, and none may bypass the tunnel. That
// holds only while the client does not reconnect: with a name, it then takes the tunnel
// down.
func (m *move) fails(t *testing.T, to string, where, why string) {
	t.Helper()
	m.allowServer(t)
	m.anna.watch(t)
	m.anna.settled = m.anna.connections()
	m.anna.download(t)
	defer m.anna.stream.Close()
	pulse, err := m.anna.Pulse(t.Context(), netip.AddrPortFrom(fabric.DNS, 53), question(t))
	require.NoError(t, err)
	defer pulse.Stop(within(t, time.Second))

	m.settings["regions"] = []string{to}
	require.NoError(t, m.stack.Configure(t.Context(), m.settings))
	_, err = m.stack.Up(t.Context())
	require.Error(t, err)
	require.Regexp(t, regexp.QuoteMeta("("+where+"):")+`\s+error:[\s\S]*?`+regexp.QuoteMeta(why), err.Error(), "the diagnostics")

	asked, lost := pulse.Stop(within(t, 15*time.Second))
	require.Zero(t, lost, "packets lost of %d", asked)
	m.anna.requireUndisturbed(t, "anna")
	require.NoError(t, m.anna.rules.Check(m.anna.unwatch(t)))
	m.requireNameLeadsTo(t, m.old)
	servers, err := m.stack.Output(t.Context(), "servers")
	require.NoError(t, err)
	require.Equal(t, map[string]any{m.at: m.old}, servers, "the outputs describe the running server")
}

// question is a DNS query that the name server can answer.
func question(t *testing.T) []byte {
	t.Helper()
	message, err := new(dns.Msg).SetQuestion(domain+".", dns.TypeA).Pack()
	require.NoError(t, err)
	return message
}

// finishes requires the move to be complete after up: the client connects to the
// new server by itself with its present file, and nothing is left of the old one.
func (m *move) finishes(t *testing.T, from, to string) {
	watch := m.watch(t, m.old)
	m.change(t, map[string]any{"regions": []string{to}})
	address := m.address(t, to)
	eventually(t, time.Until(m.returned.Add(30*time.Second)), func() error { return m.anna.seenAs(t.Context(), address) })
	back, away := watch()
	t.Logf("the client used the new server %.1f s after up returned; it was away for %.1f s", back.Sub(m.returned).Seconds(), away.Seconds())

	require.Equal(t, m.profileSum, m.sum(t), "the file is unchanged")
	require.Equal(t, m.certificates, m.serials(t))
	m.requireNothingLeft(t, from)
	m.old, m.at = address, to
	require.Equal(t, m.tunnel, m.tunnelAddresses(t)["anna"], "the address in the tunnel is unchanged")
	m.requireNameLeadsTo(t, m.old)
	now, err := m.stack.Text(t.Context(), "anna.ovpn")
	require.NoError(t, err)
	require.Equal(t, m.profile, now, "the profile is unchanged")
}

// watch measures the client's time away: from its last request from the old
// address to its first one from another address that is not its own.
func (m *move) watch(t *testing.T, old string) (result func() (back time.Time, away time.Duration)) {
	t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), 5*time.Minute)
	t.Cleanup(stop)
	last, back := time.Now(), time.Time{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = poll.Until(ctx, 100*time.Millisecond, func() (bool, error) {
			seen, err := m.seen(ctx)
			switch {
			case err != nil, seen == m.anna.Address().String():
			case seen == old:
				last = time.Now()
			default:
				back = time.Now()
			}
			return !back.IsZero(), nil
		})
	}()
	return func() (time.Time, time.Duration) {
		<-done
		return back, back.Sub(last)
	}
}

// seen is the client's address as the web server sees it.
func (m *move) seen(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	seen, err := m.anna.Fetch(ctx, world.AddressPage)
	return strings.TrimSpace(seen), err
}

// readdresses increments the serial. For a moment the new address must answer
// while the account still holds the old one.
func (m *move) readdresses(t *testing.T) {
	old := m.address(t, west)
	outside := m.newDevice(t, "outside") // the tunnel would lead to the server itself
	both := m.watchAddresses(t, outside, old)
	m.settings["addressSerial"] = 1
	require.NoError(t, m.stack.Configure(t.Context(), m.settings))
	result, err := m.stack.Up(t.Context())
	require.NoError(t, err)
	require.True(t, both(), "the new address must answer before the old one is released")
	require.NoError(t, outside.Remove(t.Context()))
	requireDeletesLast(t, result.Steps)
	require.NotEqual(t, old, m.address(t, west))
	require.Equal(t, m.certificates, m.serials(t))
	preview, err := m.stack.Preview(t.Context())
	require.NoError(t, err)
	require.False(t, preview.Changed(), "%v", preview.Changes)
	address := m.address(t, west)
	eventually(t, 2*time.Minute, func() error { return m.anna.seenAs(t.Context(), address) })
}

func (m *move) watchAddresses(t *testing.T, from *device, old string) (seen func() bool) {
	t.Helper()
	key, err := m.spec(t).Identity.ControlChannelKey()
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	result := make(chan bool, 1)
	go func() {
		found := false
		_ = poll.Until(ctx, 50*time.Millisecond, func() (bool, error) {
			held := m.held(west)
			for address := range held {
				found = found || address != old && held[old] && answersProbe(ctx, from, key, address) && m.held(west)[old]
			}
			return found, nil
		})
		result <- found
	}()
	return func() bool {
		stop()
		return <-result
	}
}

// held are the addresses that the account holds in a region.
func (m *move) held(region string) map[string]bool {
	backend, err := m.world.Cloud.Region(region)
	if err != nil {
		return nil
	}
	held := map[string]bool{}
	for _, line := range m.world.Cloud.Inventory() {
		if id, ok := strings.CutPrefix(line, region+" "); ok && strings.HasPrefix(id, "eipalloc-") {
			if a, err := backend.DescribeAddress(id); err == nil {
				held[a.Public.String()] = true
			}
		}
	}
	return held
}

// tagged finds every taggable resource by each tag of the trip. The VPC's main
// route table has no tags, and is deleted with the VPC.
func (m *move) tagged(t *testing.T) {
	for key, value := range map[string]string{
		"tripvpn:project": "tripvpn", "tripvpn:stack": "dev", "tripvpn:trip": "darrell", "tripvpn:region": west,
	} {
		var kinds []string
		for _, line := range m.world.Cloud.Tagged(key, value) {
			kinds = append(kinds, regexp.MustCompile(`:([a-z-]+)/`).FindStringSubmatch(line)[1])
		}
		require.Equal(t, []string{"elastic-ip", "instance", "internet-gateway", "key-pair", "route-table", "security-group", "subnet", "vpc"}, kinds, key)
	}
}

func (m *move) end(t *testing.T) {
	m.traveller = m.anna.Traveller
	m.destroys(t)
	require.Empty(t, m.world.Cloud.Tagged("tripvpn:trip", "darrell"))
}
