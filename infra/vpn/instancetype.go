package vpn

import (
	"regexp"
	"strings"
)

// Architecture is a processor's, in Go's spelling (GOARCH).
type Architecture string

// The architectures that EC2 and the images have in common.
const (
	ARM64 Architecture = "arm64"
	AMD64 Architecture = "amd64"
)

// EC2 returns the architecture in EC2's spelling, as images carry it.
func (a Architecture) EC2() string {
	if a == AMD64 {
		return "x86_64"
	}
	return string(a)
}

// An instance type is a series, a generation, attributes and a size. The
// attribute "g" is a Graviton processor, which is arm64; the one arm64 series
// from before that scheme is a1.
// https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html
var instanceType = regexp.MustCompile(`^([a-z]+)([0-9]+)([a-z0-9-]*)\.(nano|micro|small|medium|large|[0-9]*xlarge|metal(-[0-9]+xl)?)$`)

// architectureOf derives the architecture from the type's name. Whether the
// type exists in a region is for the region to say.
func architectureOf(name string) (Architecture, Problems) {
	parts := instanceType.FindStringSubmatch(name)
	if parts == nil || parts[1] == "mac" {
		return "", Problems{{"instanceType", name, "is not an EC2 instance type that runs Linux",
			setValue("instanceType", "t4g.nano")}}
	}
	series, generation, attributes := parts[1], parts[2], parts[3]
	if strings.Contains(attributes, "g") || series+generation == "a1" {
		return ARM64, nil
	}
	return AMD64, nil
}

// CPUCredits is what happens to a server of the T series that uses more of its
// processors than it has earned, in EC2's spelling.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/burstable-performance-instances.html
type CPUCredits string

// The two modes.
const (
	Unlimited CPUCredits = "unlimited" // it goes on, and owes for it
	Standard  CPUCredits = "standard"  // it is slowed down to its baseline
)

func cpuCreditsOf(name string) (CPUCredits, Problems) {
	credits := CPUCredits(name)
	if credits != Unlimited && credits != Standard {
		return "", Problems{{"cpuCredits", name, "is neither unlimited nor standard", setValue("cpuCredits", string(Unlimited))}}
	}
	return credits, nil
}

// burstable reports whether the type has CPU credits (the T series).
func burstable(name string) bool {
	parts := instanceType.FindStringSubmatch(name)
	return parts != nil && parts[1] == "t"
}
