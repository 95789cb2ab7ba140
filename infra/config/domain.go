package config

import (
	"regexp"
	"strings"
)

// Domain is the name that profiles contain in place of addresses. The zero value
// means no domain.
type Domain struct {
	Name string // "vpn.example.org"
	Zone string // the Route 53 hosted zone that contains it: "example.org"
}

// domainName matches two or more labels of letters, digits and hyphens (RFC
// 1123, section 2.1).
var domainName = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`)

const maxDomain = 253

// domain checks both settings, which must be set together.
func (p *Problems) domain(name, zone string) Domain {
	if name == "" && zone == "" {
		return Domain{}
	}
	named, zoned := p.domainName("domain", name, "vpn.example.org"), p.domainName("zone", zone, "example.org")
	if named && zoned && name != zone && !strings.HasSuffix(name, "."+zone) {
		p.Add("zone", zone, "is not a suffix of the domain "+name,
			"name the hosted zone that contains the domain, or choose a domain in this one, such as "+Set("domain", "vpn."+zone))
	}
	return Domain{name, zone}
}

// domainName reports whether the key's value is a domain name.
func (p *Problems) domainName(key, value, example string) bool {
	if value == "" {
		p.Add(key, value, "is missing: domain and zone must be set together", Set(key, "…")+", or remove the other one")
		return false
	}
	if len(value) > maxDomain || !domainName.MatchString(value) {
		p.Add(key, value, "is not a domain name in lower case, without a final dot", "write a name such as "+example)
		return false
	}
	return true
}
