package ec2

import (
	"slices"
	"strings"
)

// instanceType is a kind of machine.
type instanceType struct {
	name         string
	architecture string
	burstable    bool // has CPU credits
}

var instanceTypes = []instanceType{
	{"t2.nano", X86, true}, {"t2.micro", X86, true}, {"t2.small", X86, true},
	{"t3.nano", X86, true}, {"t3.micro", X86, true}, {"t3.small", X86, true}, {"t3.medium", X86, true},
	{"t3a.nano", X86, true}, {"t3a.micro", X86, true}, {"t3a.small", X86, true},
	{"t4g.nano", ARM, true}, {"t4g.micro", ARM, true}, {"t4g.small", ARM, true}, {"t4g.medium", ARM, true},
	{"m6i.large", X86, false}, {"c7i.large", X86, false}, {"m7g.medium", ARM, false}, {"c7g.medium", ARM, false},
}

func typeNamed(name string) (instanceType, error) {
	for _, t := range instanceTypes {
		if t.name == name {
			return t, nil
		}
	}
	return instanceType{}, refuse("InvalidParameterValue", "Invalid value '%s' for InstanceType.", name)
}

// Offering is a zone in which a type can be launched.
type Offering struct {
	Type string
	Zone string
}

// Offerings lists which of the named types can be launched in which zones;
// without names, of all types. A type that does not exist is offered nowhere.
func (r *Region) Offerings(names ...string) []Offering {
	var offerings []Offering
	for _, t := range instanceTypes {
		if len(names) > 0 && !slices.Contains(names, t.name) {
			continue
		}
		for _, zone := range r.zonesOf(t) {
			offerings = append(offerings, Offering{t.name, zone})
		}
	}
	return offerings
}

// zonesOf are the zones that offer a type: the first zone of a region is its
// oldest, and has none of the newer burstable families.
func (r *Region) zonesOf(t instanceType) []string {
	family, _, _ := strings.Cut(t.name, ".")
	if slices.Contains([]string{"t3", "t3a", "t4g"}, family) {
		return r.zones()[1:]
	}
	return r.zones()
}
