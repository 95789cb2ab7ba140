package route53

import (
	"fmt"
	"math"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"tripvpn/lab/cloud/apierror"
)

// RecordSet holds the records of one name and type.
type RecordSet struct {
	Name   string   // fully qualified
	Type   string   // "A", "AAAA" or "CNAME"
	TTL    *int     // seconds
	Values []string // addresses, or one name
}

// MaxTTL is the largest time to live, in seconds
// (https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html).
const MaxTTL = math.MaxInt32

// key identifies a record set: there can be only one for each.
type key struct{ name, recordType string }

func (s RecordSet) key() key { return key{s.Name, s.Type} }

func (s RecordSet) clone() RecordSet {
	if s.TTL != nil {
		ttl := *s.TTL
		s.TTL = &ttl
	}
	s.Values = slices.Clone(s.Values)
	return s
}

// equal compares what Route 53 compares before it deletes: the values count
// in any order.
func (s RecordSet) equal(other RecordSet) bool {
	return s.key() == other.key() && *s.TTL == *other.TTL &&
		slices.Equal(slices.Sorted(slices.Values(s.Values)), slices.Sorted(slices.Values(other.Values)))
}

// check refuses invalid record sets.
func (s RecordSet) check(zone Zone, action Action) error {
	if err := s.checkForm(action); err != nil {
		return err
	}
	if err := checkName(s.Name); err != nil {
		return err
	}
	if s.Name != zone.Name && !strings.HasSuffix(s.Name, "."+zone.Name) {
		return invalid("RRSet with DNS name %s. is not permitted in zone %s.", s.Name, zone.Name)
	}
	if s.Type == "CNAME" && s.Name == zone.Name {
		return invalid("RRSet of type CNAME with DNS name %s. is not permitted at apex in zone %s.", s.Name, zone.Name)
	}
	for i, value := range s.Values {
		if slices.Contains(s.Values[:i], value) {
			return invalid("Duplicate Resource Record: '%s'", value)
		}
		if err := checkValue(s.Type, value); err != nil {
			return err
		}
	}
	return nil
}

// checkForm refuses errors that Route 53 finds before it looks at a zone.
func (s RecordSet) checkForm(action Action) error {
	if s.TTL == nil || len(s.Values) == 0 {
		return apierror.New("InvalidInput", "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and "+
			"ResourceRecords], or TrafficPolicyInstanceId], but found none in Change with [Action=%s, Name=%s, Type=%s, "+
			"SetIdentifier=null]", action, s.Name, s.Type)
	}
	switch ttl := *s.TTL; {
	case ttl < 0:
		return constraint(ttl, "greater than or equal to 0")
	case ttl > MaxTTL:
		return constraint(ttl, fmt.Sprintf("less than or equal to %d", MaxTTL))
	}
	return nil
}

func constraint(ttl int, rule string) error {
	return apierror.New("InvalidInput", "1 validation error detected: Value '%d' at 'changeBatch.changes.1.member."+
		"resourceRecordSet.tTL' failed to satisfy constraint: Member must have value %s", ttl, rule)
}

var label = regexp.MustCompile(`^[a-z0-9_-]*$`)

func checkName(name string) error {
	if len(name) > 253 {
		return invalid("FATAL problem: DomainNameTooLong (Domain name is too long) encountered with '%s'", name)
	}
	for part := range strings.SplitSeq(name, ".") {
		switch {
		case part == "":
			return invalid("FATAL problem: DomainLabelEmpty (Domain label is empty) encountered with '%s'", name)
		case len(part) > 63:
			return invalid("FATAL problem: DomainLabelTooLong (Domain label is too long) encountered with '%s'", part)
		case !label.MatchString(part):
			return invalid("FATAL problem: UnsupportedCharacter (Value contains unsupported characters) encountered with '%s'", name)
		}
	}
	return nil
}

func checkValue(recordType, value string) error {
	a, err := netip.ParseAddr(value)
	switch {
	case recordType == "CNAME":
		return checkName(Normal(value))
	case recordType == "A" && (err != nil || !a.Is4()):
		return invalid("Invalid Resource Record: 'FATAL problem: ARRDATAIllegalIPv4Address "+
			"(Value is not a valid IPv4 address) encountered with '%s''", value)
	case recordType == "AAAA" && (err != nil || !a.Is6() || a.Zone() != ""):
		return invalid("Invalid Resource Record: 'FATAL problem: AAAARRDATAIllegalIPv6Address "+
			"(Value is not a valid IPv6 address) encountered with '%s''", value)
	case !slices.Contains([]string{"A", "AAAA", "CNAME"}, recordType):
		return invalid("The stand-in does not know record sets of type %s", recordType)
	}
	return nil
}
