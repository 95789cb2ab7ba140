package vpn

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
)

// Image is an operating system to boot: one of those we know by name, or an
// AMI by its id.
type Image struct {
	Name        string // as the operator wrote it
	AMI         string // set for an AMI alone
	distributor distributor
	release     string
}

// distributor is who makes images, and what differs between theirs.
type distributor struct {
	owner    string // its AWS account
	user     string // the login user that cloud-init makes
	namesake string // what the names of its AMIs begin with
	pattern  string // the names of one release's for one architecture
}

// https://wiki.debian.org/Cloud/AmazonEC2Image and
// https://documentation.ubuntu.com/aws/aws-how-to/instances/find-ubuntu-images
var (
	debian = distributor{
		owner:    "136693071363",
		user:     "admin",
		namesake: "debian-",
		pattern:  "debian-%s-%s-*",
	}
	ubuntu = distributor{
		owner:    "099720109477",
		user:     "ubuntu",
		namesake: "ubuntu/",
		pattern:  "ubuntu/images/hvm-ssd-gp3/ubuntu-%s-%s-server-*",
	}
	amiID = regexp.MustCompile(`^ami-[0-9a-f]{8}([0-9a-f]{9})?$`)
)

// imageOf reads the setting. An AMI exists in one region alone.
func imageOf(name string, regions int) (Image, Problems) {
	known := map[string]Image{
		"debian-12":    {distributor: debian, release: "12"},
		"debian-13":    {distributor: debian, release: "13"},
		"ubuntu-24.04": {distributor: ubuntu, release: "noble-24.04"},
	}
	if image, ok := known[name]; ok {
		image.Name = name
		return image, nil
	}
	if !amiID.MatchString(name) {
		return Image{}, Problems{{"image", name,
			"is neither debian-12, debian-13, ubuntu-24.04 nor the id of an AMI",
			setValue("image", "debian-13")}}
	}
	if regions > 1 {
		return Image{}, Problems{{"image", name,
			"is an AMI, which exists in one region alone, and there are several regions",
			"use an image's name, or one region"}}
	}
	return Image{Name: name, AMI: name}, nil
}

// criteria find the AMI, or of several the newest. They ask for images and not
// for the distributors' public SSM parameters, because the provider calls every
// parameter's value a secret, and the Go SDK refuses one as a plain answer.
func (i Image) criteria(a Architecture) *ec2.LookupAmiArgs {
	if i.AMI != "" {
		return &ec2.LookupAmiArgs{Filters: []ec2.GetAmiFilter{{Name: "image-id", Values: []string{i.AMI}}}}
	}
	newest := true
	name := fmt.Sprintf(i.distributor.pattern, i.release, a)
	return &ec2.LookupAmiArgs{
		MostRecent: &newest,
		Owners:     []string{i.distributor.owner},
		Filters:    []ec2.GetAmiFilter{{Name: "name", Values: []string{name}}},
	}
}

// distributorOf tells from an AMI's name who made it.
func distributorOf(amiName string) (distributor, bool) {
	for _, d := range []distributor{debian, ubuntu} {
		if strings.HasPrefix(amiName, d.namesake) {
			return d, true
		}
	}
	return distributor{}, false
}
