package internet

import (
	"net"
	"net/netip"
	"strings"

	"github.com/miekg/dns"
)

// answer answers a message with one question. The server is authoritative for
// all names.
func (z Zones) answer(asked *dns.Msg) *dns.Msg {
	reply := new(dns.Msg).SetReply(asked)
	reply.RecursionAvailable = true
	switch q := asked.Question[0]; {
	case asked.Opcode != dns.OpcodeQuery:
		reply.Rcode = dns.RcodeNotImplemented
	case q.Qclass != dns.ClassINET:
		reply.Rcode = dns.RcodeRefused
	default:
		reply.Authoritative = true
		z.resolve(reply, q)
	}
	return reply
}

// resolve fills in addresses. If a zone has none for the question, resolve adds
// its SOA, which limits how long resolvers may cache that (RFC 2308).
func (z Zones) resolve(reply *dns.Msg, q dns.Question) {
	name := plain(q.Name)
	zone, ok := z.of(name)
	if !ok {
		reply.Rcode = dns.RcodeNameError
		return
	}
	reply.Answer = addresses(q, zone.set(name, family(q.Qtype)))
	if len(reply.Answer) > 0 {
		return
	}
	if !zone.has(name) {
		reply.Rcode = dns.RcodeNameError
	}
	reply.Ns = []dns.RR{zone.authority()}
}

// plain returns a name in the form that zones use.
func plain(name string) string {
	return strings.ToLower(strings.TrimSuffix(name, "."))
}

// family returns the test for a record type's addresses. Other types match
// none.
func family(recordType uint16) func(netip.Addr) bool {
	switch recordType {
	case dns.TypeA:
		return netip.Addr.Is4
	case dns.TypeAAAA:
		return netip.Addr.Is6
	}
	return func(netip.Addr) bool { return false }
}

func addresses(q dns.Question, set RecordSet) []dns.RR {
	var records []dns.RR
	header := dns.RR_Header{Name: q.Name, Rrtype: q.Qtype, Class: q.Qclass, Ttl: set.TTL}
	for _, a := range set.Addresses {
		if a.Is4() {
			records = append(records, &dns.A{Hdr: header, A: net.IP(a.AsSlice())})
		} else {
			records = append(records, &dns.AAAA{Hdr: header, AAAA: net.IP(a.AsSlice())})
		}
	}
	return records
}

// authority returns a zone's SOA record, with the times that Route 53 gives a
// new zone
// (https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/SOA-NSrecords.html).
func (z Zone) authority() dns.RR {
	return &dns.SOA{
		Hdr: dns.RR_Header{Name: dns.Fqdn(z.Name), Rrtype: dns.TypeSOA, Class: dns.ClassINET, Ttl: 900},
		Ns:  dns.Fqdn("ns." + z.Name), Mbox: dns.Fqdn("hostmaster." + z.Name),
		Serial: 1, Refresh: 7200, Retry: 900, Expire: 1209600, Minttl: 86400,
	}
}
