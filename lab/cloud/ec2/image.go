package ec2

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"path"
	"slices"
	"strings"
)

// Architectures as EC2 spells them.
const (
	X86 = "x86_64"
	ARM = "arm64"
)

// Image is a machine image. Its id differs from region to region.
type Image struct {
	ID           string
	Name         string
	Owner        string // account id
	Architecture string
	RootDevice   string
	SizeGiB      int
	Distribution string // what Machine.Image is told: "debian-13"
	Deprecated   bool
}

// Snapshot is what the image's root volume is made from.
func (i Image) Snapshot() string { return "snap-" + strings.TrimPrefix(i.ID, "ami-") }

const (
	debian    = "136693071363"
	canonical = "099720109477"
)

// images are in the order in which they were made. Those of the account are
// Debian with a larger disk.
var images = []Image{
	{Distribution: "debian-13", Architecture: X86, Owner: AccountID, RootDevice: "/dev/xvda", SizeGiB: 20,
		Name: "own-debian-13-amd64"},
	{Distribution: "debian-13", Architecture: ARM, Owner: AccountID, RootDevice: "/dev/xvda", SizeGiB: 20,
		Name: "own-debian-13-arm64"},
	{Distribution: "ubuntu-24.04", Architecture: X86, Owner: canonical, RootDevice: "/dev/sda1",
		Name: "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20251022"},
	{Distribution: "ubuntu-24.04", Architecture: ARM, Owner: canonical, RootDevice: "/dev/sda1",
		Name: "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-arm64-server-20251022"},
	{Distribution: "ubuntu-26.04", Architecture: X86, Owner: canonical, RootDevice: "/dev/sda1",
		Name: "ubuntu/images/hvm-ssd-gp3/ubuntu-resolute-26.04-amd64-server-20260423"},
	{Distribution: "ubuntu-26.04", Architecture: ARM, Owner: canonical, RootDevice: "/dev/sda1",
		Name: "ubuntu/images/hvm-ssd-gp3/ubuntu-resolute-26.04-arm64-server-20260423"},
	{Distribution: "debian-12", Architecture: X86, Owner: debian, RootDevice: "/dev/xvda",
		Name: "debian-12-amd64-20251112-2294"},
	{Distribution: "debian-12", Architecture: ARM, Owner: debian, RootDevice: "/dev/xvda",
		Name: "debian-12-arm64-20251112-2294"},
	{Distribution: "debian-13", Architecture: X86, Owner: debian, RootDevice: "/dev/xvda",
		Name: "debian-13-amd64-20251117-2299"},
	{Distribution: "debian-13", Architecture: ARM, Owner: debian, RootDevice: "/dev/xvda",
		Name: "debian-13-arm64-20251117-2299"},
}

// DeprecateImages makes those images deprecated whose names match the pattern, in
// all regions, and no others. An empty pattern matches none.
func (c *Cloud) DeprecateImages(pattern string) { c.deprecated.Store(&pattern) }

func (r *Region) images() []Image {
	all := slices.Clone(images)
	deprecated := *r.deprecated.Load()
	for i := range all {
		sum := sha256.Sum256([]byte(r.Name + " " + all[i].Name))
		all[i].ID = "ami-0" + hex.EncodeToString(sum[:8])
		all[i].SizeGiB = cmp.Or(all[i].SizeGiB, 8)
		all[i].Deprecated = matches(deprecated, all[i].Name)
	}
	return all
}

// ImageQuery are the arguments of DescribeImages.
type ImageQuery struct {
	Filters           []Filter
	Owners            []string // account ids, or "self"; none: any
	IncludeDeprecated bool
}

// DescribeImages lists the images that satisfy all filters and belong to one
// of the owners, if any are named. The newest is the last. A deprecated image is
// seen by its owner alone, unless the query includes it, see
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ami-deprecate.html. Its id in
// a filter does not include it.
func (r *Region) DescribeImages(q ImageQuery) ([]Image, error) {
	if err := r.authorize("DescribeImages", ""); err != nil {
		return nil, err
	}
	seen := slices.DeleteFunc(r.images(), func(i Image) bool {
		return !i.ownedBy(q.Owners) || i.Deprecated && !q.IncludeDeprecated && i.Owner != AccountID
	})
	return selected(seen, q.Filters, attributes[Image]{named: map[string]func(Image) string{
		"architecture": func(i Image) string { return i.Architecture },
		"image-id":     func(i Image) string { return i.ID },
		"name":         func(i Image) string { return i.Name },
	}})
}

func (i Image) ownedBy(owners []string) bool {
	return len(owners) == 0 || slices.Contains(owners, i.Owner) || i.Owner == AccountID && slices.Contains(owners, "self")
}

func matches(pattern, value string) bool {
	if pattern == value {
		return true
	}
	// A * crosses slashes in EC2, but not in path.Match.
	ok, err := path.Match(strings.ReplaceAll(pattern, "/", " "), strings.ReplaceAll(value, "/", " "))
	return err == nil && ok
}

func (r *Region) image(id string) (Image, error) {
	if !wellFormed("ami", id) {
		return Image{}, refuse("InvalidAMIID.Malformed", "Invalid id: %q (expecting \"ami-...\")", id)
	}
	for _, image := range r.images() {
		if image.ID == id {
			return image, nil
		}
	}
	return Image{}, refuse("InvalidAMIID.NotFound", "The image id '[%s]' does not exist", id)
}
