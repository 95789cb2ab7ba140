package internet

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/dns/dnsmessage"
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

// nameServer is a server on free ports, and a client of Go's own for it.
type nameServer struct {
	*DNS
	*net.Resolver

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
	s := &nameServer{zones: zones}
	at := map[string]string{}
	listen := func(ctx context.Context, network, address string) (net.Listener, error) {
		require.Equal(t, "127.0.0.1:53", address)
		l, err := new(net.ListenConfig).Listen(ctx, network, "127.0.0.1:0")
		at["tcp"] = l.Addr().String()
		return l, err
	}
	packets := func(ctx context.Context, network, address string) (net.PacketConn, error) {
		require.Equal(t, "127.0.0.1:53", address)
		l, err := new(net.ListenConfig).ListenPacket(ctx, network, "127.0.0.1:0")
		at["udp"] = l.LocalAddr().String()
		return l, err
	}
	var err error
	s.DNS, err = ServeDNS(t.Context(), s.get, listen, packets, loopback)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	s.Resolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		s.dialed(network)
		return new(net.Dialer).DialContext(ctx, network, at[network])
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

// exchange packs a question and unpacks what is made of it.
func exchange(t *testing.T, asked dnsmessage.Message, limit int, zones ...Zone) dnsmessage.Message {
	t.Helper()
	message, err := asked.Pack()
	require.NoError(t, err)
	d := &DNS{zones: func() []Zone { return zones }}
	packed, err := d.reply(message, net.UDPAddrFromAddrPort(netip.AddrPortFrom(loopback, 4711)), limit)
	require.NoError(t, err)
	var reply dnsmessage.Message
	require.NoError(t, reply.Unpack(packed))
	require.Equal(t, asked.ID, reply.ID)
	require.True(t, reply.Response)
	return reply
}

func about(name string, recordType dnsmessage.Type) dnsmessage.Message {
	return dnsmessage.Message{
		Header: dnsmessage.Header{ID: 4711, RecursionDesired: true},
		Questions: []dnsmessage.Question{
			{Name: dnsmessage.MustNewName(name), Type: recordType, Class: dnsmessage.ClassINET},
		},
	}
}

func TestAnAnswerAsItGoesOverTheWire(t *testing.T) {
	asked := about("Vpn.trip.example.org.", dnsmessage.TypeAAAA)
	reply := exchange(t, asked, maxDatagram, vpn("203.0.113.16", "2001:db8::1"))
	require.Equal(t, dnsmessage.RCodeSuccess, reply.RCode)
	require.True(t, reply.Authoritative && reply.RecursionDesired && reply.RecursionAvailable && !reply.Truncated)
	require.Equal(t, asked.Questions, reply.Questions, "in the spelling of the question")
	require.Len(t, reply.Answers, 1)
	require.EqualValues(t, 60, reply.Answers[0].Header.TTL)
	require.Equal(t, netip.MustParseAddr("2001:db8::1").As16(), reply.Answers[0].Body.(*dnsmessage.AAAAResource).AAAA)
	require.Empty(t, reply.Authorities)
}

func TestWhatIsNotThereAndWhatHasNoAddress(t *testing.T) {
	for name, c := range map[string]struct {
		name  string
		kind  dnsmessage.Type
		code  dnsmessage.RCode
		names string // the zone that says so
	}{
		"the other family":   {"vpn.trip.example.org.", dnsmessage.TypeAAAA, dnsmessage.RCodeSuccess, "example.org."},
		"another type":       {"vpn.trip.example.org.", dnsmessage.TypeTXT, dnsmessage.RCodeSuccess, "example.org."},
		"between zone, name": {"trip.example.org.", dnsmessage.TypeA, dnsmessage.RCodeSuccess, "example.org."},
		"the zone itself":    {"example.org.", dnsmessage.TypeA, dnsmessage.RCodeSuccess, "example.org."},
		"nobody":             {"nobody.example.org.", dnsmessage.TypeA, dnsmessage.RCodeNameError, "example.org."},
		"the end of a label": {"n.trip.example.org.", dnsmessage.TypeA, dnsmessage.RCodeNameError, "example.org."},
		"an inner zone":      {"vpn.trip.inner.example.org.", dnsmessage.TypeA, dnsmessage.RCodeNameError, "inner.example.org."},
		"no zone":            {"vpn.trip.example.com.", dnsmessage.TypeA, dnsmessage.RCodeNameError, ""},
		"a longer zone":      {"vpnexample.org.", dnsmessage.TypeA, dnsmessage.RCodeNameError, ""},
	} {
		t.Run(name, func(t *testing.T) {
			reply := exchange(t, about(c.name, c.kind), maxDatagram, Zone{Name: "inner.example.org"}, vpn("203.0.113.16"))
			require.Equal(t, c.code, reply.RCode)
			require.Empty(t, reply.Answers)
			if c.names == "" {
				require.Empty(t, reply.Authorities)
				return
			}
			require.Len(t, reply.Authorities, 1)
			require.Equal(t, c.names, reply.Authorities[0].Header.Name.String())
			require.Equal(t, dnsmessage.TypeSOA, reply.Authorities[0].Header.Type)
		})
	}
}

func TestQuestionsThatAreNotAnswered(t *testing.T) {
	good := about("vpn.trip.example.org.", dnsmessage.TypeA)
	two, none, chaos, update := good, good, good, good
	two.Questions = append(two.Questions, good.Questions...)
	none.Questions = nil
	chaos.Questions = []dnsmessage.Question{{Name: good.Questions[0].Name, Type: dnsmessage.TypeA, Class: dnsmessage.ClassCHAOS}}
	update.OpCode = 5
	for code, asked := range map[dnsmessage.RCode][]dnsmessage.Message{
		dnsmessage.RCodeFormatError: {two, none}, dnsmessage.RCodeRefused: {chaos}, dnsmessage.RCodeNotImplemented: {update},
	} {
		for _, message := range asked {
			require.Equal(t, code, exchange(t, message, maxDatagram, vpn("203.0.113.16")).RCode)
		}
	}
	asker := net.UDPAddrFromAddrPort(netip.AddrPortFrom(loopback, 4711))
	d := &DNS{zones: func() []Zone { return nil }}
	response := good
	response.Response = true
	packed, err := response.Pack()
	require.NoError(t, err)
	for _, message := range [][]byte{packed, nil, []byte("hello")} {
		_, err = d.reply(message, asker, maxDatagram)
		require.ErrorIs(t, err, errNoQuestion, "or two servers would talk for ever")
	}
	require.Empty(t, d.Queries())
}

func TestSaysWhyItCannotServeNames(t *testing.T) {
	taken := func(context.Context, string, string) (net.Listener, error) { return nil, errors.New("address in use") }
	packets := func(ctx context.Context, network, _ string) (net.PacketConn, error) {
		return new(net.ListenConfig).ListenPacket(ctx, network, "127.0.0.1:0")
	}
	_, err := ServeDNS(t.Context(), nil, taken, packets, loopback)
	require.EqualError(t, err, "starting name server: address in use")
}
