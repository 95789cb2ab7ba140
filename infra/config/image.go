package config

import (
	"fmt"
	"regexp"
	"strings"
)

// Image is an operating system image to boot: a distributor's release, or an
// AMI made from one.
type Image struct {
	Name        string // as the operator wrote it
	AMI         string // set only for an AMI
	distributor distributor
	release     string
}

// distributor is a publisher of images.
type distributor struct {
	owner   string // its AWS account
	pattern string // of AMI names, for a release and an architecture
}

// https://wiki.debian.org/Cloud/AmazonEC2Image and
// https://documentation.ubuntu.com/aws/aws-how-to/instances/find-ubuntu-images
var (
	debian = distributor{
		owner:   "136693071363",
		pattern: "debian-%s-%s-*",
	}
	ubuntu = distributor{
		owner:   "099720109477",
		pattern: "ubuntu/images/hvm-ssd-gp3/ubuntu-%s-%s-server-*",
	}
	amiID = regexp.MustCompile(`^ami-[0-9a-f]{8}([0-9a-f]{9})?$`)
)

func (p *Problems) image(name string, regions int) Image {
	known := map[string]Image{
		"debian-12":    {distributor: debian, release: "12"},
		"debian-13":    {distributor: debian, release: "13"},
		"ubuntu-24.04": {distributor: ubuntu, release: "noble-24.04"},
		"ubuntu-26.04": {distributor: ubuntu, release: "resolute-26.04"},
	}
	if image, ok := known[name]; ok {
		image.Name = name
		return image
	}
	if !amiID.MatchString(name) {
		p.Add("image", name, "is not debian-12, debian-13, ubuntu-24.04, ubuntu-26.04 or the ID of an AMI", Set("image", "debian-13"))
	} else if regions > 1 {
		p.Add("image", name, "is an AMI, which exists in only one region, and there are several regions",
			"use an image name such as debian-13, or one region")
	}
	return Image{Name: name, AMI: name}
}

// Owner returns the AWS account that publishes the image; empty for an AMI.
func (i Image) Owner() string { return i.distributor.owner }

// Pattern returns a pattern, with * as wildcard, for the names of the image's
// AMIs for an architecture. It is meaningless for an AMI.
func (i Image) Pattern(a Architecture) string {
	return fmt.Sprintf(i.distributor.pattern, i.release, a)
}

// RunsOn reports whether an AMI is made from Debian or Ubuntu, as far as its name
// tells.
func RunsOn(amiName string) bool {
	name := strings.ToLower(amiName)
	return strings.Contains(name, "debian") || strings.Contains(name, "ubuntu")
}
