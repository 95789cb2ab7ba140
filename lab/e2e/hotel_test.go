package e2e

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/cloud/ec2"
	"tripvpn/lab/fabric"
	"tripvpn/lab/traveller"
	"tripvpn/lab/world"
)

// hotel is a trip through networks that block UDP, with two regions.
type hotel struct {
	*trip
	anna, bert *device
	tunnel     map[string]netip.Addr // the devices' addresses in the tunnel
}

// The listeners of a server, by their units' instances.
const (
	overUDP = "darrell"
	overTCP = "darrell-tcp"
)

// TestHotel lists the chapters of a trip through networks that block UDP. Bert's
// device has OpenVPN 2.7, anna's 2.6, which leaves the machine's resolver as it is: that
// one is not in the local network, so queries go through the tunnel.
func TestHotel(t *testing.T) {
	h := &hotel{trip: newTrip(t, "hotel", map[string]any{"regions": []string{east, west}, "clients": []string{"anna", "bert"}})}
	inOrder(t, []chapter{
		{"both ports are open, and devices use UDP", h.begins},
		{"UDP is dropped or rejected under a device, and nothing bypasses the tunnel", h.losesUDP},
		{"UDP is dropped or rejected, and new connections use TCP", h.connectsOverTCP},
		{"a device that is revoked over TCP is refused over both", h.revokes},
		{"UDP is back, and new connections use it", h.connectsOverUDP},
		{"the doctor names what is wrong", h.examines},
		{"a network with IPv6 only", h.connectsOverIPv6},
		{"a path of 200 ms that loses packets", h.connectsSlowly},
		{"a path of 1280 bytes without ICMP, over UDP and TCP", h.usesNarrowPath},
		{"from Wi-Fi to a mobile network without IPv6, and back", h.changesFamilies},
		{"a laptop sleeps until the server has forgotten it", h.sleeps},
		{"the first server is lost where UDP is dropped", h.losesServer},
		{"without the fallback, the port is closed", h.closesTCP},
		{"destroy leaves nothing", h.end},
	})
}

// linkRemote matches the line in which OpenVPN names the server that it tries.
var linkRemote = regexp.MustCompile(`(UDP|TCP)(?:v4)?(?:_CLIENT)? link remote: `)

// transport returns the protocol of a device's last attempt, "UDP" or "TCP".
func (d *device) transport() string {
	found := linkRemote.FindAllStringSubmatch(d.session.Log(), -1)
	if len(found) == 0 {
		return ""
	}
	return found[len(found)-1][1]
}

func (h *hotel) begins(t *testing.T) {
	h.change(t, nil)
	for _, at := range []string{east, west} {
		require.ElementsMatch(t, []string{"tcp 22", "tcp 443", "udp 1194"}, h.openPorts(t, at), at)
	}
	e, w := h.address(t, east), h.address(t, west)
	e6, w6 := h.address6(t, east).String(), h.address6(t, west).String()
	require.Equal(t, []string{
		e + " 1194 udp", w + " 1194 udp", e + " 443 tcp", w + " 443 tcp",
		e6 + " 1194 udp", w6 + " 1194 udp", e6 + " 443 tcp", w6 + " 443 tcp",
	}, h.remotes(t, "anna"))

	h.anna, h.bert = h.newDevice(t, "anna"), h.newDeviceWith(t, "openvpn-2.7", "bert")
	h.traveller = h.anna.Traveller
	for name, d := range h.devices() {
		h.hand(t, d, name)
		d.requireSeenInTheOpen(t)
		d.connectWatched(t)
		require.Equal(t, "UDP", d.transport(), name)
		d.requireRecognized(t)
		h.requireServed(t, d, east)
	}
	require.Equal(t, map[string]string{"anna": overUDP, "bert": overUDP}, h.listeners(t))
	h.tunnel = h.tunnelAddresses(t)
	require.Len(t, h.tunnel, 2)
}

func (h *hotel) devices() map[string]*device {
	return map[string]*device{"anna": h.anna, "bert": h.bert}
}

// openPorts lists protocols and ports that a region's security groups admit.
func (h *hotel) openPorts(t *testing.T, at string) []string {
	t.Helper()
	backend, err := h.world.Cloud.Region(at)
	require.NoError(t, err)
	open := map[string]bool{}
	for _, line := range h.world.Cloud.Inventory() {
		id, here := strings.CutPrefix(line, at+" ")
		if !here || !strings.HasPrefix(id, "sg-") {
			continue
		}
		group, err := backend.DescribeSecurityGroup(id)
		require.NoError(t, err)
		for _, rule := range group.Rules {
			if !rule.Egress && rule.From != ec2.AnyPort {
				require.Equal(t, rule.From, rule.To)
				open[fmt.Sprintf("%s %d", rule.Protocol, rule.From)] = true
			}
		}
	}
	return slices.Collect(maps.Keys(open))
}

// remotes lists a profile's servers in the order in which clients try them.
func (h *hotel) remotes(t *testing.T, client string) []string {
	t.Helper()
	profile, err := h.stack.Text(t.Context(), client+".ovpn")
	require.NoError(t, err)
	return remotesIn(profile)
}

// requireServed requires the web server to see the server of a region, over IPv4 and
// IPv6.
func (h *hotel) requireServed(t *testing.T, d *device, at string) {
	t.Helper()
	require.NoError(t, d.seenAs(t.Context(), h.address(t, at)))
	seen6, err := d.Fetch(t.Context(), world.AddressPage6)
	require.NoError(t, err)
	require.Equal(t, h.address6(t, at).String(), strings.TrimSpace(seen6))
}

func (h *hotel) treatUDP(t *testing.T, anna, bert fabric.UDP) {
	t.Helper()
	require.NoError(t, h.anna.TreatUDP(t.Context(), anna))
	require.NoError(t, h.bert.TreatUDP(t.Context(), bert))
}

// losesUDP blocks UDP under both devices. They notice after 45 s, and go on over
// TCP with the same addresses, so the tunnel stays up all the time.
func (h *hotel) losesUDP(t *testing.T) {
	e := h.expose(t, h.anna, h.bert)
	e.awaitThrough(t, east, 10*time.Second)
	h.forget()
	h.treatUDP(t, fabric.Dropped, fabric.Rejected)
	began := time.Now()
	for name, d := range h.devices() {
		eventually(t, 2*time.Minute, func() error {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_, _ = d.Lookup(ctx, world.Zone) // only a leak matters
			if d.connections() <= d.settled {
				return fmt.Errorf("%s has still %d connections", name, d.settled)
			}
			return nil
		})
		require.Equal(t, "TCP", d.transport(), name)
		require.NotContains(t, d.session.Log(), "will need to close and reopen TUN/TAP", name)
		d.settled = d.connections()
	}
	e.awaitThrough(t, east, 30*time.Second)
	t.Logf("both devices were back over TCP after %.1f s", time.Since(began).Seconds())
	e.requireClosed(t)
	for _, d := range h.devices() {
		h.requireServed(t, d, east)
		_, _ = d.Lookup(within(t, 15*time.Second), world.Zone) // only the query matters; a lost one is repeated after 5 s
		require.NotEmpty(t, h.world.DNS.Queries())
		h.requireHidden(t, d)
	}
	require.Equal(t, map[string]string{"anna": overTCP, "bert": overTCP}, h.listeners(t))
	require.Equal(t, h.tunnel, h.tunnelAddresses(t))
}

// soon limits a new connection where UDP is blocked: five seconds for each region.
const soon = 15 * time.Second

// connectsOverTCP connects anew, with each device where UDP is dropped and where it is
// rejected.
func (h *hotel) connectsOverTCP(t *testing.T) {
	verdicts := []fabric.UDP{fabric.Dropped, fabric.Rejected}
	for i := range verdicts {
		at := map[string]fabric.UDP{"anna": verdicts[i], "bert": verdicts[1-i]}
		h.treatUDP(t, at["anna"], at["bert"])
		for _, d := range h.devices() {
			d.disconnectWatched(t)
		}
		h.forget()
		t.Run(fmt.Sprintf("round %d", i+1), func(t *testing.T) {
			for name, d := range h.devices() {
				t.Run(name+", UDP: "+string(at[name]), func(t *testing.T) {
					t.Parallel()
					h.connectsSoon(t, d, east, soon)
				})
			}
		})
		for _, d := range h.devices() {
			h.requireHidden(t, d)
		}
	}
	require.Equal(t, map[string]string{"anna": overTCP, "bert": overTCP}, h.listeners(t))
}

// connectsSoon requires a new connection over TCP to the server of a region.
func (h *hotel) connectsSoon(t *testing.T, d *device, at string, limit time.Duration) {
	t.Helper()
	began := time.Now()
	d.watch(t)
	d.start(t)
	require.NoError(t, d.session.AwaitConnected(within(t, limit)))
	t.Logf("connected over TCP after %.1f s", time.Since(began).Seconds())
	require.Equal(t, "TCP", d.transport())
	d.requireNoLeak(t)
	d.requireRecognized(t)
	d.settled = d.connections()
	h.requireServed(t, d, at)
}

// revokes cuts a device off that is connected over TCP, and refuses it over both
// protocols. The other device, also over TCP, is not disturbed.
func (h *hotel) revokes(t *testing.T) {
	h.anna.download(t)
	h.bert.download(t)
	h.bert.requireNoLeak(t)
	h.bert.unwatch(t) // it will be told to stop, and then its stream is in the open
	h.change(t, map[string]any{"revoked": []string{"bert"}})
	h.bert.requireCut(t, h.began, h.returned)
	h.bert.requireToldToStop(t, h.returned)
	h.bert.stream.Close()
	require.Equal(t, map[string]string{"anna": overTCP}, h.listeners(t))
	h.anna.requireUndisturbed(t, "anna")
	h.anna.stream.Close()

	// Over UDP the server answers the first packet, which it keeps no state for, so
	// the client takes a minute to give up.
	h.requireRefused(t, fabric.Passed, overUDP)
	h.requireRefused(t, fabric.Dropped, overTCP)
	require.Equal(t, map[string]string{"anna": overTCP}, h.listeners(t))
	h.change(t, map[string]any{"revoked": []string{}})
	h.hand(t, h.bert, "bert")
}

// requireRefused requires that a listener refuses bert's device in a network that treats
// UDP so.
func (h *hotel) requireRefused(t *testing.T, udp fabric.UDP, listener string) {
	t.Helper()
	require.NoError(t, h.bert.TreatUDP(t.Context(), udp))
	before := h.refusals(t, listener)
	h.bert.start(t)
	eventually(t, 30*time.Second, func() error {
		if h.refusals(t, listener) <= before {
			return fmt.Errorf("the listener %s has not refused bert; the client's log:\n%s", listener, h.bert.session.Log())
		}
		return nil
	})
	require.Zero(t, h.bert.connections())
	h.bert.disconnect(t)
}

// refusals counts how often a listener of the server under test has refused bert's key.
func (h *hotel) refusals(t *testing.T, listener string) int {
	t.Helper()
	log, err := h.host(t).Run(t.Context(), "journalctl", "--boot", "--no-pager", "--output=cat", "--unit=openvpn-server@"+listener)
	require.NoError(t, err)
	return strings.Count(log, "tripvpn: refusing the control-channel key of 'bert', which is not admitted")
}

func (h *hotel) connectsOverUDP(t *testing.T) {
	h.treatUDP(t, fabric.Passed, fabric.Passed)
	h.anna.disconnectWatched(t)
	for name, d := range h.devices() {
		d.connectWatched(t)
		require.Equal(t, "UDP", d.transport(), name)
		h.requireServed(t, d, east)
	}
	require.Equal(t, map[string]string{"anna": overUDP, "bert": overUDP}, h.listeners(t))
}

// losesServer kills the first server. A new connection then takes five seconds for each
// server over UDP, and five for the first one over TCP.
func (h *hotel) losesServer(t *testing.T) {
	h.treatUDP(t, fabric.Dropped, fabric.Dropped)
	for _, d := range h.devices() {
		d.disconnectWatched(t)
	}
	require.NoError(t, h.host(t).Kill(within(t, time.Minute)))
	h.at = west
	t.Run("both", func(t *testing.T) {
		for name, d := range h.devices() {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				h.connectsSoon(t, d, west, 30*time.Second)
			})
		}
	})
	require.Equal(t, map[string]string{"anna": overTCP, "bert": overTCP}, h.listeners(t))
	require.Equal(t, h.tunnel, h.tunnelAddresses(t), "addresses are the same on both servers")
}

// closesTCP removes the lost region and the second port.
func (h *hotel) closesTCP(t *testing.T) {
	for _, d := range h.devices() {
		d.disconnectWatched(t)
	}
	address := h.address(t, west)
	require.Equal(t, traveller.Open, h.probe(t, "tcp", address, 443, nil))
	h.change(t, map[string]any{"regions": []string{west}, "tcpFallback": false})
	require.ElementsMatch(t, []string{"tcp 22", "udp 1194"}, h.openPorts(t, west))
	require.Equal(t, traveller.Silent, h.probe(t, "tcp", address, 443, nil))
	listening, err := h.host(t).Run(t.Context(), "ss", "--listening", "--numeric", "--no-header", "--tcp", "--udp")
	require.NoError(t, err)
	require.Contains(t, listening, ":1194 ")
	require.NotContains(t, listening, ":443 ", "nothing listens behind the security group")

	require.Equal(t, []string{address + " 1194 udp", h.address6(t, west).String() + " 1194 udp"}, h.remotes(t, "anna"))
	h.treatUDP(t, fabric.Dropped, fabric.Passed)
	for name, d := range h.devices() {
		h.hand(t, d, name)
		d.start(t)
	}
	require.NoError(t, h.bert.session.AwaitConnected(within(t, 10*time.Second)))
	h.requireServed(t, h.bert, west)
	require.NoError(t, h.anna.session.AwaitLog(within(t, 20*time.Second), "Server poll timeout, restarting"))
	require.Zero(t, h.anna.connections())
}

func (h *hotel) end(t *testing.T) {
	for _, d := range h.devices() {
		d.disconnect(t)
	}
	require.NoError(t, h.bert.Remove(t.Context()))
	h.destroys(t)
}
