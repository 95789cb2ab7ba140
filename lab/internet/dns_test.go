package internet

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"testing"

	"github.com/miekg/dns"
	"github.com/stretchr/testify/require"
)

var loopback = netip.MustParseAddr("127.0.0.1")

// vpn is a name with addresses of both families, in a zone.
func vpn(addresses ...string) Zone {
	zone := Zone{Name: "example.org"}
	for _, family := range []func(netip.Addr) bool{netip.Addr.Is4, netip.Addr.Is6} {
		set := RecordSet{Name: "vpn.trip.example.org", TTL: 60}
		for _, text := range addresses {
			if a := netip.MustParseAddr(text); family(a) {
				set.Addresses = append(set.Addresses, a)
			}
		}
		zone.Sets = append(zone.Sets, set)
	}
	return zone
}

// nameServer is a server on free ports, and Go's own resolver as its client.
type nameServer struct {
	*DNS
	*net.Resolver
	at map[string]string // network → address

	mu    sync.Mutex
	zones []Zone
	dials []string // networks, in order
}

func (s *nameServer) set(zones ...Zone) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.zones = zones
}

func (s *nameServer) get() []Zone {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.zones
}

func (s *nameServer) dialed(network string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dials = append(s.dials, network)
}

func serveZones(t *testing.T, zones ...Zone) *nameServer {
	t.Helper()
	s := &nameServer{zones: zones, at: map[string]string{}}
	listen := func(ctx context.Context, network, address string) (net.Listener, error) {
		require.Equal(t, "127.0.0.1:53", address)
		l, err := new(net.ListenConfig).Listen(ctx, network, "127.0.0.1:0")
		s.at["tcp"] = l.Addr().String()
		return l, err
	}
	packets := func(ctx context.Context, network, address string) (net.PacketConn, error) {
		require.Equal(t, "127.0.0.1:53", address)
		l, err := new(net.ListenConfig).ListenPacket(ctx, network, "127.0.0.1:0")
		s.at["udp"] = l.LocalAddr().String()
		return l, err
	}
	var err error
	s.DNS, err = ServeDNS(t.Context(), s.get, listen, packets, loopback)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	s.Resolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		s.dialed(network)
		return new(net.Dialer).DialContext(ctx, network, s.at[network])
	}}
	return s
}

func (s *nameServer) addresses(t *testing.T, network, name string) []string {
	t.Helper()
	found, err := s.LookupNetIP(t.Context(), network, name)
	require.NoError(t, err)
	var texts []string
	for _, a := range found {
		texts = append(texts, a.String())
	}
	return texts
}

func TestNamesHaveAddresses(t *testing.T) {
	s := serveZones(t, vpn("203.0.113.16", "203.0.113.32", "2001:db8::1"))
	require.ElementsMatch(t, []string{"203.0.113.16", "203.0.113.32"}, s.addresses(t, "ip4", "vpn.trip.example.org."))
	require.Equal(t, []string{"2001:db8::1"}, s.addresses(t, "ip6", "VPN.trip.example.org."))
	require.Equal(t, []Query{{"vpn.trip.example.org", loopback}, {"vpn.trip.example.org", loopback}}, s.Queries())

	s.set(vpn("203.0.113.48"))
	require.Equal(t, []string{"203.0.113.48"}, s.addresses(t, "ip4", "vpn.trip.example.org."), "asked live")
	s.Forget()
	require.Empty(t, s.Queries())
}

func TestNamesWithoutAddresses(t *testing.T) {
	s := serveZones(t, vpn("203.0.113.16"))
	for _, name := range []string{"other.example.org.", "example.com."} {
		_, err := s.LookupNetIP(t.Context(), "ip", name)
		var failure *net.DNSError
		require.ErrorAs(t, err, &failure)
		require.True(t, failure.IsNotFound, name)
	}
}

func TestLongAnswersComeOverTCP(t *testing.T) {
	var addresses []string
	for n := range 40 {
		addresses = append(addresses, fmt.Sprintf("203.0.113.%d", n))
	}
	s := serveZones(t, vpn(addresses...))
	require.Len(t, s.addresses(t, "ip4", "vpn.trip.example.org."), 40)
	require.Equal(t, []string{"udp", "tcp"}, s.dials)
	require.Len(t, s.Queries(), 2)
}

// exchange asks over UDP.
func (s *nameServer) exchange(t *testing.T, asked *dns.Msg) *dns.Msg {
	t.Helper()
	reply, err := dns.Exchange(asked, s.at["udp"])
	require.NoError(t, err)
	require.True(t, reply.Response)
	return reply
}

func about(name string, recordType uint16) *dns.Msg {
	return new(dns.Msg).SetQuestion(name, recordType)
}

func TestAnAnswerAsItGoesOverTheWire(t *testing.T) {
	s := serveZones(t, vpn("203.0.113.16", "2001:db8::1"))
	asked := about("Vpn.trip.example.org.", dns.TypeAAAA)
	reply := s.exchange(t, asked)
	require.Equal(t, dns.RcodeSuccess, reply.Rcode)
	require.True(t, reply.Authoritative && reply.RecursionDesired && reply.RecursionAvailable && !reply.Truncated)
	require.Equal(t, asked.Question, reply.Question, "in the spelling of the question")
	require.Len(t, reply.Answer, 1)
	require.EqualValues(t, 60, reply.Answer[0].Header().Ttl)
	require.Equal(t, "2001:db8::1", reply.Answer[0].(*dns.AAAA).AAAA.String())
	require.Empty(t, reply.Ns)
}

func TestWhatIsNotThereAndWhatHasNoAddress(t *testing.T) {
	s := serveZones(t, Zone{Name: "inner.example.org"}, vpn("203.0.113.16"))
	for name, c := range map[string]struct {
		name  string
		kind  uint16
		code  int
		names string // the zone whose SOA is returned
	}{
		"the other family":   {"vpn.trip.example.org.", dns.TypeAAAA, dns.RcodeSuccess, "example.org."},
		"another type":       {"vpn.trip.example.org.", dns.TypeTXT, dns.RcodeSuccess, "example.org."},
		"between zone, name": {"trip.example.org.", dns.TypeA, dns.RcodeSuccess, "example.org."},
		"the zone itself":    {"example.org.", dns.TypeA, dns.RcodeSuccess, "example.org."},
		"nobody":             {"nobody.example.org.", dns.TypeA, dns.RcodeNameError, "example.org."},
		"the end of a label": {"n.trip.example.org.", dns.TypeA, dns.RcodeNameError, "example.org."},
		"an inner zone":      {"vpn.trip.inner.example.org.", dns.TypeA, dns.RcodeNameError, "inner.example.org."},
		"no zone":            {"vpn.trip.example.com.", dns.TypeA, dns.RcodeNameError, ""},
		"a longer zone":      {"vpnexample.org.", dns.TypeA, dns.RcodeNameError, ""},
	} {
		t.Run(name, func(t *testing.T) {
			reply := s.exchange(t, about(c.name, c.kind))
			require.Equal(t, c.code, reply.Rcode)
			require.Empty(t, reply.Answer)
			if c.names == "" {
				require.Empty(t, reply.Ns)
				return
			}
			require.Len(t, reply.Ns, 1)
			require.Equal(t, c.names, reply.Ns[0].Header().Name)
			require.Equal(t, dns.TypeSOA, reply.Ns[0].Header().Rrtype)
		})
	}
}

func TestQuestionsThatAreNotAnswered(t *testing.T) {
	s := serveZones(t, vpn("203.0.113.16"))
	good := about("vpn.trip.example.org.", dns.TypeA)
	two, none, chaos, update, notify := good.Copy(), good.Copy(), good.Copy(), good.Copy(), good.Copy()
	two.Question = append(two.Question, good.Question...)
	none.Question = nil
	chaos.Question[0].Qclass = dns.ClassCHAOS
	update.Opcode, notify.Opcode = dns.OpcodeUpdate, dns.OpcodeNotify
	for code, asked := range map[int][]*dns.Msg{
		dns.RcodeSuccess: {good}, dns.RcodeFormatError: {two, none}, dns.RcodeRefused: {chaos}, dns.RcodeNotImplemented: {update, notify},
	} {
		for _, message := range asked {
			reply := s.exchange(t, message)
			require.Equal(t, code, reply.Rcode)
			require.Equal(t, code == dns.RcodeSuccess, len(reply.Answer) > 0)
		}
	}
}

func TestSaysWhyItCannotServeNames(t *testing.T) {
	taken := func(context.Context, string, string) (net.Listener, error) { return nil, errors.New("address in use") }
	packets := func(ctx context.Context, network, _ string) (net.PacketConn, error) {
		return new(net.ListenConfig).ListenPacket(ctx, network, "127.0.0.1:0")
	}
	_, err := ServeDNS(t.Context(), nil, taken, packets, loopback)
	require.EqualError(t, err, "starting name server: address in use")
}
