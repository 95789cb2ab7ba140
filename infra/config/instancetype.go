package config

import (
	"regexp"
	"strings"
)

// Architecture is a processor architecture, as GOARCH spells it.
type Architecture string

// The architectures of both EC2 and the images.
const (
	ARM64 Architecture = "arm64"
	AMD64 Architecture = "amd64"
)

// EC2 returns the architecture as EC2 and its images spell it.
func (a Architecture) EC2() string {
	if a == AMD64 {
		return "x86_64"
	}
	return string(a)
}

// instanceType matches a series, a generation, attributes and a size. The
// attribute "g" means a Graviton processor, which is arm64. The only older arm64
// series is a1.
// https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html
var instanceType = regexp.MustCompile(`^([a-z]+)([0-9]+)([a-z0-9-]*)\.(nano|micro|small|medium|large|[0-9]*xlarge|metal(-[0-9]+xl)?)$`)

// architecture returns the architecture of the type. Only AWS knows whether a
// region offers the type.
func (p *Problems) architecture(instance string) Architecture {
	architecture, known := ArchitectureOf(instance)
	if !known {
		p.Add("instanceType", instance, "is not an EC2 instance type that runs Linux", Set("instanceType", "t4g.nano"))
	}
	return architecture
}

// ArchitectureOf returns the architecture of an instance type. It is known if the
// type has the form of one that runs Linux.
func ArchitectureOf(instance string) (architecture Architecture, known bool) {
	parts := instanceType.FindStringSubmatch(instance)
	if parts == nil || parts[1] == "mac" {
		return "", false
	}
	series, generation, attributes := parts[1], parts[2], parts[3]
	if strings.Contains(attributes, "g") || series+generation == "a1" {
		return ARM64, true
	}
	return AMD64, true
}

// CPUCredits is the credit mode of a T-series server, as EC2 spells it. It
// applies when the server uses more processor time than it has earned.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/burstable-performance-instances.html
type CPUCredits string

// The two modes.
const (
	Unlimited CPUCredits = "unlimited" // the server keeps its speed, which can cost extra
	Standard  CPUCredits = "standard"  // the server slows down to its baseline
)

// cpuCredits checks the mode. It returns "" for an instance type without credits.
func (p *Problems) cpuCredits(name, instance string) CPUCredits {
	credits := CPUCredits(name)
	if credits != Unlimited && credits != Standard {
		p.Add("cpuCredits", name, "is neither unlimited nor standard", Set("cpuCredits", string(Unlimited)))
	}
	if !burstable(instance) {
		return ""
	}
	return credits
}

// burstable reports whether the type has CPU credits (the T series).
func burstable(instance string) bool {
	parts := instanceType.FindStringSubmatch(instance)
	return parts != nil && parts[1] == "t"
}
