package ec2

import (
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"

	"tripvpn/lab/cloud/pricing"
	"tripvpn/lab/cloud/route53"
	"tripvpn/lab/cloud/s3"
)

// AccountID is the ID of the account.
const AccountID = "123456789012"

// caller is the ARN of the account's user.
const caller = "arn:aws:iam::" + AccountID + ":user/operator"

// Options are the account's surroundings.
type Options struct {
	// Required

	// Addresses is the pool of public IPv4 addresses of a region.
	Addresses func(region string) netip.Prefix
	// Networks6 is the pool that a region's VPCs get their /56 from; it must be
	// at most 56 bits long.
	Networks6 func(region string) netip.Prefix

	// Optional

	// Zones are the names of the hosted zones that the account has already.
	Zones []string
	// Objects is a folder for the objects of S3 buckets; without one there are none.
	Objects string
	// Enabled are the opt-in regions that the account has enabled.
	Enabled []string
}

// Cloud is one account at a cloud that outlives the providers attached to it.
// It may be used by several goroutines at once.
type Cloud struct {
	datacenter Datacenter
	options    Options
	zones      *route53.Zones
	buckets    *s3.Buckets
	stalls     stalls

	restrictions atomic.Pointer[Restrictions]
	deprecated   atomic.Pointer[string] // a pattern for the names of images
	prices       *pricing.List

	mu      sync.Mutex
	regions map[string]*Region
}

// New opens an account without anything in it but its hosted zones.
func New(datacenter Datacenter, options Options) *Cloud {
	c := &Cloud{
		datacenter: datacenter,
		options:    options,
		zones:      route53.New(options.Zones...),
		buckets:    s3.New(options.Objects),
		prices:     pricing.New(caller),
		regions:    map[string]*Region{},
		stalls:     stalls{waiting: map[string]chan struct{}{}},
	}
	c.Restrict(Restrictions{})
	c.DeprecateImages("")
	return c
}

// Region returns one region. A region that the account would have
// to enable answers as AWS does: it does not know the account's credentials.
func (c *Cloud) Region(name string) (*Region, error) {
	switch c.OptInStatus(name) {
	case NotOptedIn:
		return nil, refuse("AuthFailure", "AWS was not able to validate the provided access credentials")
	case "":
		return nil, fmt.Errorf("request send failed: dial tcp: lookup ec2.%s.amazonaws.com: no such host", name)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.regions[name]; !ok {
		c.regions[name] = c.newRegion(name)
	}
	return c.regions[name], nil
}

// Regions lists the regions that AWS has, in order.
func (c *Cloud) Regions() []string {
	return slices.Sorted(slices.Values(slices.Concat(standardRegions, optInRegions)))
}

// The statuses of a region, as DescribeRegions has them.
const (
	OptInNotRequired = "opt-in-not-required"
	OptedIn          = "opted-in"
	NotOptedIn       = "not-opted-in"
)

// OptInStatus returns the status of a region; empty if there is no such region.
func (c *Cloud) OptInStatus(region string) string {
	switch {
	case slices.Contains(standardRegions, region):
		return OptInNotRequired
	case !slices.Contains(optInRegions, region):
		return ""
	case slices.Contains(c.options.Enabled, region):
		return OptedIn
	}
	return NotOptedIn
}

// Zones returns the account's hosted zones.
func (c *Cloud) Zones() *route53.Zones { return c.zones }

// Prices returns AWS's price list, as the account's user sees it.
func (c *Cloud) Prices() *pricing.List { return c.prices }

// Buckets are the S3 buckets of the account.
func (c *Cloud) Buckets() *s3.Buckets { return c.buckets }

// Inventory lists everything that the account holds, one "region id" each, in
// order; record sets are in the region "global". It is empty after a complete
// destroy, though the hosted zones are still there.
func (c *Cloud) Inventory() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []string
	for name, region := range c.regions {
		for _, id := range region.inventory() {
			all = append(all, name+" "+id)
		}
	}
	for _, set := range c.zones.Inventory() {
		all = append(all, "global "+set)
	}
	all = append(all, c.buckets.Inventory()...)
	slices.Sort(all)
	return all
}
