package internet

import (
	"net/netip"
	"strings"
)

// Zone is a snapshot of a DNS zone. Names are in lower case, without a final
// dot.
type Zone struct {
	Name string // "example.org"
	Sets []RecordSet
}

// RecordSet holds a name's addresses of one family.
type RecordSet struct {
	Name      string // "vpn.example.org"
	TTL       uint32 // seconds
	Addresses []netip.Addr
}

// Zones returns all zones. A server calls it for each question.
type Zones func() []Zone

// of finds the zone of a name: the matching one with the longest name.
func (z Zones) of(name string) (found Zone, ok bool) {
	for _, zone := range z() {
		if within(name, zone.Name) && len(zone.Name) >= len(found.Name) {
			found, ok = zone, true
		}
	}
	return found, ok
}

// has reports whether a name exists in the zone: it has records, or a name
// below it has some (RFC 8020), or it is the zone's own name.
func (z Zone) has(name string) bool {
	for _, set := range z.Sets {
		if within(set.Name, name) {
			return true
		}
	}
	return name == z.Name
}

// set finds a name's addresses of a family.
func (z Zone) set(name string, family func(netip.Addr) bool) RecordSet {
	for _, set := range z.Sets {
		if set.Name == name && len(set.Addresses) > 0 && family(set.Addresses[0]) {
			return set
		}
	}
	return RecordSet{}
}

// within reports whether a name is another one or below it.
func within(name, other string) bool {
	return name == other || strings.HasSuffix(name, "."+other)
}
