package e2e

import (
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/fabric"
	"tripvpn/lab/fabric/netns"
	"tripvpn/lab/traveller"
)

// reachesOnlyTheInternet requires that a connected device reaches neither what the server
// can reach, nor the server itself, nor another device.
func (d *devices) reachesOnlyTheInternet(t *testing.T) {
	host, private := d.host(t), netip.MustParseAddr(d.property(t, "Instance::darrell-us-east-1-instance", "privateIp"))
	serveMetadata(t, host)
	for _, address := range metadata {
		_, err := host.Run(t.Context(), "python3", "-c", askMetadata, address.String())
		require.NoError(t, err, "the server reaches it")
	}
	l, bert := d.spec(t).Listeners[0], d.numberOf(t, "bert")
	own4, own6 := l.Addresses(1)
	bert4, bert6 := l.Addresses(bert)
	for _, address := range []netip.Addr{bert4, bert6} {
		listener, err := netns.Listen(t.Context(), d.bert.Namespace(), "tcp", netip.AddrPortFrom(address, 8000).String())
		require.NoError(t, err)
		defer listener.Close()
		itself, err := d.bert.Dial(t.Context(), "tcp", netip.AddrPortFrom(address, 8000).String())
		require.NoError(t, err)
		require.NoError(t, itself.Close())
	}
	for name, targets := range map[string][]netip.AddrPort{
		"the metadata service": metadata,
		"the server's network": {netip.AddrPortFrom(private.Prev(), 53), netip.MustParseAddrPort("169.254.169.253:53")},
		"SSH at each of the server's addresses": {
			netip.AddrPortFrom(own4, 22), netip.AddrPortFrom(own6, 22), netip.AddrPortFrom(private, 22),
			netip.AddrPortFrom(netip.MustParseAddr(d.endpoint), 22), netip.AddrPortFrom(d.address6(t, region), 22),
		},
		"another device": {netip.AddrPortFrom(bert4, 8000), netip.AddrPortFrom(bert6, 8000)},
	} {
		part(t, name, func(t *testing.T) { d.requireOutOfReach(t, targets) })
	}
	part(t, "packets with others' addresses", func(t *testing.T) { d.cannotPose(t, bert4, bert6, own4, own6) })
	d.anna.requireUndisturbed(t, "anna")
	d.bert.requireUndisturbed(t, "bert")
}

// numberOf is a client's number.
func (d *devices) numberOf(t *testing.T, name string) uint32 {
	t.Helper()
	for _, client := range d.spec(t).Identity.Clients {
		if client.Name == name {
			return client.Number
		}
	}
	t.Fatalf("%s is no client", name)
	return 0
}

// requireOutOfReach requires that anna cannot connect to any of the addresses.
func (d *devices) requireOutOfReach(t *testing.T, targets []netip.AddrPort) {
	t.Helper()
	var probes sync.WaitGroup
	for _, target := range targets {
		probes.Go(func() {
			answer, err := d.anna.Probe(within(t, 2*time.Second), "tcp", target, nil)
			if err == nil && answer == traveller.Open {
				t.Errorf("%s is open", target)
			}
		})
	}
	probes.Wait()
}

// cannotPose sends datagrams through anna's tunnel with addresses that are not hers, and
// then one with her own. Only that one comes out of the tunnel.
func (d *devices) cannotPose(t *testing.T, others ...netip.Addr) {
	tunnel, before := d.capture(t, "tripvpn0"), d.sentThrough(t)
	others = append(others, netip.MustParseAddr("198.51.100.7"), netip.MustParseAddr("2001:db8:ffff::7"))
	for _, other := range others {
		sink, nodad := netip.AddrPortFrom(fabric.Web, 9), "" // discard
		if other.Is6() {
			sink, nodad = netip.AddrPortFrom(fabric.Web6, 9), " nodad"
		}
		ip := func(arguments string) {
			_, err := d.anna.Machine().Run(t.Context(), append([]string{"ip"}, strings.Fields(arguments)...)...)
			require.NoError(t, err)
		}
		address := netip.PrefixFrom(other, other.BitLen()).String()
		ip("address add " + address + " dev tun0" + nodad)
		posing, err := netns.ListenPacket(t.Context(), d.anna.Namespace(), "udp", netip.AddrPortFrom(other, 0).String())
		require.NoError(t, err)
		_, err = posing.WriteTo([]byte("posing"), net.UDPAddrFromAddrPort(sink))
		require.NoError(t, err)
		require.NoError(t, posing.Close())
		ip("address del " + address + " dev tun0")
	}
	last := netip.AddrPortFrom(fabric.Web, 9)
	own, err := d.anna.Dial(t.Context(), "udp", last.String())
	require.NoError(t, err)
	defer own.Close()
	_, err = own.Write([]byte("the last one"))
	require.NoError(t, err)
	tunnel.await(t, last)
	require.Greater(t, d.sentThrough(t)-before, len(others), "packets that anna has sent")
	for _, p := range tunnel.seen() {
		if p.to.Port() == last.Port() { // bert has a stream of his own
			require.NotContains(t, others, p.from.Addr(), "%s came out of the tunnel", p)
		}
	}
}

// sentThrough counts the packets that anna has sent into the tunnel.
func (d *devices) sentThrough(t *testing.T) int {
	t.Helper()
	text, err := d.anna.Machine().Run(t.Context(), "cat", "/sys/class/net/tun0/statistics/tx_packets")
	require.NoError(t, err)
	count, err := strconv.Atoi(strings.TrimSpace(text))
	require.NoError(t, err)
	return count
}

// refusesMixtures connects with parts of two devices' profiles. Anna is revoked, and bert
// is not.
func (d *devices) refusesMixtures(t *testing.T) {
	anna, bert := d.placed(t, d.anna), d.placed(t, d.bert)
	pair := func(profile string) map[string]string {
		return map[string]string{"cert": blockOf(t, profile, "cert"), "key": blockOf(t, profile, "key")}
	}
	for name, mixture := range map[string]struct {
		profile string
		pair    map[string]string
		reason  string
	}{
		"a revoked control-channel key and another's certificate": {anna, pair(bert), keyRefused},
		"a revoked certificate and another's control-channel key": {bert, pair(anna), "VERIFY CRL: depth=0, CN=anna, serial="},
	} {
		part(t, name, func(t *testing.T) {
			profile := mixture.profile
			for tag, text := range mixture.pair {
				profile = withBlock(t, profile, tag, text)
			}
			require.NoError(t, d.anna.Place(t.Context(), profilePath, []byte(profile)))
			refused := strings.Count(d.serverLog(t), mixture.reason)
			d.anna.start(t)
			d.awaitServerLog(t, mixture.reason, refused)
			require.Zero(t, d.anna.connections())
			d.anna.disconnect(t)
		})
	}
	require.NoError(t, d.anna.Place(t.Context(), profilePath, []byte(anna)))
	d.bert.requireUndisturbed(t, "bert")
}
