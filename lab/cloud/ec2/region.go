package ec2

import (
	"maps"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
)

// Regions that every account has, and regions that an account has to enable
// first: those introduced after 20 March 2019, see
// https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html.
var (
	standardRegions = []string{
		"ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2",
		"ca-central-1", "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1",
		"us-east-1", "us-east-2", "us-west-1", "us-west-2",
	}
	optInRegions = []string{
		"af-south-1", "ap-east-1", "ap-east-2", "ap-south-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5",
		"ap-southeast-6", "ap-southeast-7", "ca-west-1", "eu-central-2", "eu-south-1", "eu-south-2", "il-central-1",
		"me-central-1", "me-south-1", "mx-central-1",
	}
)

// Region holds the state of one region. Its methods are EC2's calls by EC2's
// names, without the plumbing: what they return are copies.
type Region struct {
	Name string

	datacenter   Datacenter
	pool4        netip.Prefix
	pool6        netip.Prefix
	restrictions *atomic.Pointer[Restrictions] // the account's
	deprecated   *atomic.Pointer[string]       // likewise

	counting sync.Mutex
	attempts map[string]int // by action

	// ending is held while an instance is stopped, started or terminated, so that a
	// caller that does it a second time meanwhile comes back when it is over.
	ending sync.Mutex

	mu         sync.Mutex // may be taken while ending is held, not the other way
	vpcs       map[string]*Vpc
	subnets    map[string]*Subnet
	gateways   map[string]*Gateway
	tables     map[string]*Table
	groups     map[string]*Group
	keys       map[string]*Key // by name
	instances  map[string]*Instance
	terminated map[string]*Instance // those that are only remembered
	addresses  map[string]*Address  // by allocation id
}

func (c *Cloud) newRegion(name string) *Region {
	return &Region{
		Name:         name,
		datacenter:   c.datacenter,
		pool4:        c.options.Addresses(name),
		pool6:        c.options.Networks6(name),
		restrictions: &c.restrictions,
		deprecated:   &c.deprecated,
		attempts:     map[string]int{},
		vpcs:         map[string]*Vpc{},
		subnets:      map[string]*Subnet{},
		gateways:     map[string]*Gateway{},
		tables:       map[string]*Table{},
		groups:       map[string]*Group{},
		keys:         map[string]*Key{},
		instances:    map[string]*Instance{},
		terminated:   map[string]*Instance{},
		addresses:    map[string]*Address{},
	}
}

// ARN names a resource of the account in the region: "subnet/subnet-…".
func (r *Region) ARN(resource string) string {
	return "arn:aws:ec2:" + r.Name + ":" + AccountID + ":" + resource
}

// zones lists the region's availability zones in order.
func (r *Region) zones() []string {
	return []string{r.Name + "a", r.Name + "b", r.Name + "c"}
}

func (r *Region) inventory() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Concat(
		slices.Collect(maps.Keys(r.vpcs)), slices.Collect(maps.Keys(r.subnets)), slices.Collect(maps.Keys(r.gateways)),
		slices.Collect(maps.Keys(r.tables)), slices.Collect(maps.Keys(r.groups)), slices.Collect(maps.Keys(r.keys)),
		slices.Collect(maps.Keys(r.instances)), slices.Collect(maps.Keys(r.addresses)),
	)
}
