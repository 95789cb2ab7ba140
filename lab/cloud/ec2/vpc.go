package ec2

import (
	"maps"
	"net/netip"
)

// MaxVpcs is how many VPCs an account may have in a region.
const MaxVpcs = 5

// VpcSpec are the arguments of CreateVpc.
type VpcSpec struct {
	CIDR string
	IPv6 bool // ask for an Amazon-provided /56
	Tags map[string]string
}

// Vpc is a virtual private cloud.
type Vpc struct {
	ID             string
	Block          netip.Prefix
	Block6         netip.Prefix // a /56; invalid without IPv6
	AssociationID6 string
	MainTable      string
	DefaultGroup   string
	Tags           map[string]string
}

// Check refuses invalid networks, as far as the spec is known.
func (s VpcSpec) Check() error {
	if s.CIDR == "" {
		return nil
	}
	block, err := parseNetwork4(s.CIDR)
	if err != nil {
		return err
	}
	if block.Bits() < 16 || block.Bits() > 28 {
		return refuse("InvalidVpc.Range", "The CIDR '%s' is invalid.", s.CIDR)
	}
	return nil
}

// CreateVpc makes a VPC with its main route table and its default group.
func (r *Region) CreateVpc(s VpcSpec) (Vpc, error) {
	if err := r.authorize("CreateVpc", "vpc/*"); err != nil {
		return Vpc{}, err
	}
	if err := s.Check(); err != nil {
		return Vpc{}, err
	}
	block, err := parseNetwork4(s.CIDR)
	if err != nil {
		return Vpc{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.vpcs) >= MaxVpcs {
		return Vpc{}, refuse("VpcLimitExceeded", "The maximum number of VPCs has been reached.")
	}
	v := &Vpc{ID: newID("vpc"), Block: block, Tags: maps.Clone(s.Tags)}
	if s.IPv6 {
		v.Block6, v.AssociationID6 = r.freeBlock6(), newID("vpc-cidr-assoc")
		if !v.Block6.IsValid() {
			return Vpc{}, refuse("InsufficientCidrBlocks", "There are not enough IPv6 CIDR blocks in the pool.")
		}
	}
	v.MainTable = r.addTable(v.ID, nil).ID
	v.DefaultGroup = r.addGroup(GroupSpec{VpcID: v.ID, Name: "default", Description: "default VPC security group"}).ID
	r.vpcs[v.ID] = v
	return v.clone(), nil
}

func (r *Region) freeBlock6() netip.Prefix {
	taken := map[netip.Prefix]bool{}
	for _, v := range r.vpcs {
		taken[v.Block6] = true
	}
	for n := range uint64(1) << (56 - r.pool6.Bits()) {
		if block := nth6(r.pool6, 56, n); !taken[block] {
			return block
		}
	}
	return netip.Prefix{}
}

// DescribeVpc finds a VPC.
func (r *Region) DescribeVpc(id string) (Vpc, error) { return describe(r, "DescribeVpcs", r.vpc, id) }

// TagVpc replaces a VPC's tags.
func (r *Region) TagVpc(id string, tags map[string]string) error {
	return tag(r, "vpc", r.vpc, id, func(v *Vpc) { v.Tags = maps.Clone(tags) })
}

// DeleteVpc removes a VPC that has nothing in it but its main table and its
// default group.
func (r *Region) DeleteVpc(id string) error {
	if err := r.authorize("DeleteVpc", "vpc/"+id); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	v, err := r.vpc(id)
	if err != nil {
		return err
	}
	if r.occupied(v) {
		return refuse("DependencyViolation", "The vpc '%s' has dependencies and cannot be deleted.", id)
	}
	delete(r.tables, v.MainTable)
	delete(r.groups, v.DefaultGroup)
	delete(r.vpcs, id)
	return nil
}

func (r *Region) occupied(v *Vpc) bool {
	for _, s := range r.subnets {
		if s.VpcID == v.ID {
			return true
		}
	}
	for _, g := range r.gateways {
		if g.VpcID == v.ID {
			return true
		}
	}
	for _, t := range r.tables {
		if t.VpcID == v.ID && t.ID != v.MainTable {
			return true
		}
	}
	for _, g := range r.groups {
		if g.VpcID == v.ID && g.ID != v.DefaultGroup {
			return true
		}
	}
	return false
}

func (r *Region) vpc(id string) (*Vpc, error) {
	v, ok := r.vpcs[id]
	if !ok {
		return nil, refuse("InvalidVpcID.NotFound", "The vpc ID '%s' does not exist", id)
	}
	return v, nil
}

func (v *Vpc) clone() Vpc {
	c := *v
	c.Tags = maps.Clone(v.Tags)
	return c
}
