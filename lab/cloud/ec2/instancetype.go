package ec2

import (
	"slices"
	"strings"
)

// InstanceType is a kind of machine, as DescribeInstanceTypes describes it.
type InstanceType struct {
	Name         string
	Architecture string
	Burstable    bool // has CPU credits
	VCPUs        int
	MemoryMiB    int
}

var instanceTypes = []InstanceType{
	{"t2.nano", X86, true, 1, 512}, {"t2.micro", X86, true, 1, 1024}, {"t2.small", X86, true, 1, 2048},
	{"t3.nano", X86, true, 2, 512}, {"t3.micro", X86, true, 2, 1024}, {"t3.small", X86, true, 2, 2048}, {"t3.medium", X86, true, 2, 4096},
	{"t3a.nano", X86, true, 2, 512}, {"t3a.micro", X86, true, 2, 1024}, {"t3a.small", X86, true, 2, 2048},
	{"t4g.nano", ARM, true, 2, 512}, {"t4g.micro", ARM, true, 2, 1024}, {"t4g.small", ARM, true, 2, 2048}, {"t4g.medium", ARM, true, 2, 4096},
	{"m6i.large", X86, false, 2, 8192}, {"m7i-flex.large", X86, false, 2, 8192}, {"c7i-flex.large", X86, false, 2, 4096},
	{"c7i.large", X86, false, 2, 4096}, {"m7g.medium", ARM, false, 1, 4096}, {"c7g.medium", ARM, false, 1, 2048},
}

// LookupInstanceType finds a type. Every region has the same.
func LookupInstanceType(name string) (InstanceType, bool) {
	for _, t := range instanceTypes {
		if t.Name == name {
			return t, true
		}
	}
	return InstanceType{}, false
}

func typeNamed(name string) (InstanceType, error) {
	t, ok := LookupInstanceType(name)
	if !ok {
		return t, refuse("InvalidParameterValue", "Invalid value '%s' for InstanceType.", name)
	}
	return t, nil
}

// checkArchitecture refuses a type that cannot run the image.
func (t InstanceType) checkArchitecture(image Image) error {
	if t.Architecture == image.Architecture {
		return nil
	}
	return refuse("InvalidParameterValue", "The architecture '%s' of the specified instance type does not match "+
		"the architecture '%s' of the specified AMI. Specify an instance type and an AMI that have matching "+
		"architectures, and try again. You can use 'describe-instance-types' or 'describe-images' to discover "+
		"the architecture of the instance type or AMI.", t.Architecture, image.Architecture)
}

// Offering is a zone in which a type can be launched.
type Offering struct {
	Type string
	Zone string
}

// Offerings lists which of the named types can be launched in which zones;
// without names, of all types. A type that does not exist is offered nowhere.
func (r *Region) Offerings(names ...string) ([]Offering, error) {
	if err := r.authorize("DescribeInstanceTypeOfferings", ""); err != nil {
		return nil, err
	}
	var offerings []Offering
	for _, t := range instanceTypes {
		if len(names) > 0 && !slices.Contains(names, t.Name) {
			continue
		}
		for _, zone := range r.zonesOf(t) {
			offerings = append(offerings, Offering{t.Name, zone})
		}
	}
	return offerings, nil
}

// zonesOf are the zones that offer a type: the first zone of a region is its
// oldest, and has none of the newer burstable families.
func (r *Region) zonesOf(t InstanceType) []string {
	family, _, _ := strings.Cut(t.Name, ".")
	if slices.Contains([]string{"t3", "t3a", "t4g"}, family) {
		return r.zones()[1:]
	}
	return r.zones()
}

// checkZone refuses a zone that does not offer the type.
func (r *Region) checkZone(t InstanceType, zone string) error {
	zones := r.zonesOf(t)
	if slices.Contains(zones, zone) {
		return nil
	}
	return refuse("Unsupported", "Your requested instance type (%s) is not supported in your requested "+
		"Availability Zone (%s). Please retry your request by not specifying an Availability Zone or choosing %s.",
		t.Name, zone, strings.Join(zones, ", "))
}
