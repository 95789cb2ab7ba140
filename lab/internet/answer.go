package internet

import (
	"errors"
	"net/netip"
	"strings"

	"golang.org/x/net/dns/dnsmessage"
)

// maxDatagram is how long an answer over UDP may be (RFC 1035, 4.2.1).
const maxDatagram = 512

// errNoQuestion is the matter with what deserves no answer at all.
var errNoQuestion = errors.New("this is no question")

// question reads a message. What can be made out of one that is malformed is
// good enough to say so.
func question(message []byte) (dnsmessage.Header, []dnsmessage.Question, error) {
	var p dnsmessage.Parser
	header, err := p.Start(message)
	if err != nil || header.Response {
		return header, nil, errNoQuestion
	}
	questions, err := p.AllQuestions()
	if err != nil {
		return header, nil, nil
	}
	return header, questions, nil
}

// answer says what the zones have to say about the questions, which should be
// one. The server is an authority for all names: there are no others.
func (z Zones) answer(asked dnsmessage.Header, questions []dnsmessage.Question) dnsmessage.Message {
	reply := dnsmessage.Message{
		Header: dnsmessage.Header{
			ID: asked.ID, OpCode: asked.OpCode, Response: true,
			RecursionDesired: asked.RecursionDesired, RecursionAvailable: true,
		},
		Questions: questions,
	}
	switch {
	case asked.OpCode != 0:
		reply.RCode = dnsmessage.RCodeNotImplemented
	case len(questions) != 1:
		reply.RCode = dnsmessage.RCodeFormatError
	case questions[0].Class != dnsmessage.ClassINET:
		reply.RCode = dnsmessage.RCodeRefused
	default:
		reply.Authoritative = true
		z.resolve(&reply, questions[0])
	}
	return reply
}

// resolve fills in addresses. A zone that has none for the question says so
// with its SOA, which tells for how long that is true (RFC 2308).
func (z Zones) resolve(reply *dnsmessage.Message, q dnsmessage.Question) {
	name := plain(q.Name)
	zone, ok := z.of(name)
	if !ok {
		reply.RCode = dnsmessage.RCodeNameError
		return
	}
	reply.Answers = addresses(q, zone.set(name, family(q.Type)))
	if len(reply.Answers) > 0 {
		return
	}
	if !zone.has(name) {
		reply.RCode = dnsmessage.RCodeNameError
	}
	reply.Authorities = []dnsmessage.Resource{zone.authority()}
}

// plain is a name as zones have it.
func plain(name dnsmessage.Name) string {
	return strings.ToLower(strings.TrimSuffix(name.String(), "."))
}

// family tells which addresses a type of record has: none, if it is not about
// addresses.
func family(recordType dnsmessage.Type) func(netip.Addr) bool {
	switch recordType {
	case dnsmessage.TypeA:
		return netip.Addr.Is4
	case dnsmessage.TypeAAAA:
		return netip.Addr.Is6
	}
	return func(netip.Addr) bool { return false }
}

func addresses(q dnsmessage.Question, set RecordSet) []dnsmessage.Resource {
	var records []dnsmessage.Resource
	for _, a := range set.Addresses {
		record := dnsmessage.Resource{
			Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: set.TTL},
			Body:   &dnsmessage.AAAAResource{AAAA: a.As16()},
		}
		if a.Is4() {
			record.Body = &dnsmessage.AResource{A: a.As4()}
		}
		records = append(records, record)
	}
	return records
}

// authority is a zone's SOA record, with the times that Route 53 gives a new
// zone
// (https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/SOA-NSrecords.html).
func (z Zone) authority() dnsmessage.Resource {
	return dnsmessage.Resource{
		Header: dnsmessage.ResourceHeader{
			Name: absolute(z.Name), Type: dnsmessage.TypeSOA, Class: dnsmessage.ClassINET, TTL: 900,
		},
		Body: &dnsmessage.SOAResource{
			NS: absolute("ns." + z.Name), MBox: absolute("hostmaster." + z.Name),
			Serial: 1, Refresh: 7200, Retry: 900, Expire: 1209600, MinTTL: 86400,
		},
	}
}

func absolute(name string) dnsmessage.Name { return dnsmessage.MustNewName(name + ".") }

// pack renders an answer for a transport that takes limit bytes. One that is
// too long loses its records, and says so: who wants them comes again over TCP.
func pack(reply dnsmessage.Message, limit int) ([]byte, error) {
	packed, err := reply.Pack()
	if err != nil || len(packed) <= limit {
		return packed, err
	}
	reply.Truncated, reply.Answers, reply.Authorities = true, nil, nil
	return reply.Pack()
}
