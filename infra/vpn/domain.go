package vpn

import (
	"regexp"
	"strings"
)

// Domain is the name that profiles carry in place of addresses. The zero value
// is none.
type Domain struct {
	Name string // "vpn.example.org"
	Zone string // the Route 53 hosted zone that it is in: "example.org"
}

// Labels of letters, digits and hyphens, two at the least (RFC 1123, section
// 2.1).
var domainName = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`)

const maxDomain = 253

// domainOf reads both settings, which go together.
func domainOf(name, zone string) (Domain, Problems) {
	var problems Problems
	for _, setting := range []struct{ key, value, other string }{{"domain", name, zone}, {"zone", zone, name}} {
		switch {
		case setting.value == "" && setting.other != "":
			problems = append(problems, Problem{setting.key, "", "is missing: a domain is a name in a zone of Route 53's, and takes both",
				setValue(setting.key, "…") + ", or remove the other one"})
		case setting.value != "" && (len(setting.value) > maxDomain || !domainName.MatchString(setting.value)):
			problems = append(problems, Problem{setting.key, setting.value, "is not a domain name in lower case, without a final dot",
				"write it as in " + map[string]string{"domain": "vpn.example.org", "zone": "example.org"}[setting.key]})
		}
	}
	if len(problems) > 0 || name == "" {
		return Domain{}, problems
	}
	if name != zone && !strings.HasSuffix(name, "."+zone) {
		return Domain{}, Problems{{"zone", zone, "is not a suffix of the domain " + name,
			"name the hosted zone that the domain is in, or choose a domain in this one, such as " + setValue("domain", "vpn."+zone)}}
	}
	return Domain{name, zone}, nil
}
