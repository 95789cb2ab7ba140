package ec2

import (
	"maps"
	"net/netip"
	"slices"
	"strings"
)

// SubnetSpec are the arguments of CreateSubnet.
type SubnetSpec struct {
	VpcID      string
	CIDR       string
	CIDR6      string // a /64 of the VPC's block, or empty
	Zone       string // empty: EC2 chooses
	AssignIPv6 bool   // instances get an IPv6 address
	Tags       map[string]string
}

// Subnet is a range of a VPC's addresses in one zone.
type Subnet struct {
	ID             string
	VpcID          string
	Block          netip.Prefix
	Block6         netip.Prefix // a /64; invalid without IPv6
	AssociationID6 string
	Zone           string
	AssignIPv6     bool
	Tags           map[string]string
}

// Check refuses what no subnet can be, as far as the spec is known.
func (s SubnetSpec) Check() error {
	if s.CIDR != "" {
		block, err := parseNetwork4(s.CIDR)
		if err != nil {
			return err
		}
		if block.Bits() < 16 || block.Bits() > 28 {
			return refuse("InvalidSubnet.Range", "The CIDR '%s' is invalid.", s.CIDR)
		}
	}
	if s.CIDR6 == "" {
		return nil
	}
	block, err := parseNetwork6(s.CIDR6)
	if err == nil && block.Bits() != 64 {
		err = refuse("InvalidParameterValue", "invalid value for parameter ipv6-cidr-block: %s", s.CIDR6)
	}
	return err
}

// CreateSubnet cuts a subnet out of a VPC.
func (r *Region) CreateSubnet(s SubnetSpec) (Subnet, error) {
	if err := r.authorize("CreateSubnet", "subnet/*"); err != nil {
		return Subnet{}, err
	}
	if err := s.Check(); err != nil {
		return Subnet{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	sub := &Subnet{ID: newID("subnet"), VpcID: s.VpcID, Zone: s.Zone, AssignIPv6: s.AssignIPv6, Tags: maps.Clone(s.Tags)}
	if err := r.place(sub, s); err != nil {
		return Subnet{}, err
	}
	if err := sub.checkAssign(s.AssignIPv6); err != nil {
		return Subnet{}, err
	}
	r.subnets[sub.ID] = sub
	return sub.clone(), nil
}

// place finds the subnet its zone and its blocks in the VPC.
func (r *Region) place(sub *Subnet, s SubnetSpec) error {
	v, err := r.vpc(s.VpcID)
	if err != nil {
		return err
	}
	if sub.Zone == "" {
		sub.Zone = r.zones()[0]
	}
	if !slices.Contains(r.zones(), sub.Zone) {
		return refuse("InvalidParameterValue", "Value (%s) for parameter availabilityZone is invalid. "+
			"Subnets can currently only be created in the following availability zones: %s.",
			sub.Zone, strings.Join(r.zones(), ", "))
	}
	if sub.Block, err = parseNetwork4(s.CIDR); err != nil {
		return err
	}
	if err := r.checkRoom(v.ID, sub.Block, v.Block); err != nil {
		return err
	}
	if s.CIDR6 == "" {
		return nil
	}
	if sub.Block6, err = parseNetwork6(s.CIDR6); err != nil {
		return err
	}
	sub.AssociationID6 = newID("subnet-cidr-assoc")
	return r.checkRoom(v.ID, sub.Block6, v.Block6)
}

// checkRoom refuses a block that is not the VPC's, or is taken.
func (r *Region) checkRoom(vpcID string, block, of netip.Prefix) error {
	if !within(block, of) {
		return refuse("InvalidSubnet.Range", "The CIDR '%s' is invalid.", block)
	}
	for _, other := range r.subnets {
		if other.VpcID == vpcID && (other.Block.Overlaps(block) || other.Block6.Overlaps(block)) {
			return refuse("InvalidSubnet.Conflict", "The CIDR '%s' conflicts with another subnet", block)
		}
	}
	return nil
}

func (sub *Subnet) checkAssign(assign bool) error {
	if assign && !sub.Block6.IsValid() {
		return refuse("InvalidParameterValue", "Invalid value 'true' for assign-ipv6-address-on-creation. "+
			"Cannot set assign-ipv6-address-on-creation to true unless the subnet (%s) has an IPv6 CIDR block "+
			"associated with it.", sub.ID)
	}
	return nil
}

// DescribeSubnet finds a subnet.
func (r *Region) DescribeSubnet(id string) (Subnet, error) {
	return describe(r, "DescribeSubnets", r.subnet, id)
}

// ModifySubnet changes what can be changed of a subnet; instances that are
// already there keep what they have.
func (r *Region) ModifySubnet(id string, assignIPv6 bool, tags map[string]string) error {
	if err := r.authorize("ModifySubnetAttribute", "subnet/"+id); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	sub, err := r.subnet(id)
	if err != nil {
		return err
	}
	if err := sub.checkAssign(assignIPv6); err != nil {
		return err
	}
	sub.AssignIPv6, sub.Tags = assignIPv6, maps.Clone(tags)
	return nil
}

// DeleteSubnet removes a subnet that no instance is in; its route table
// association goes with it.
func (r *Region) DeleteSubnet(id string) error {
	if err := r.authorize("DeleteSubnet", "subnet/"+id); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, err := r.subnet(id); err != nil {
		return err
	}
	for _, i := range r.instances {
		if i.SubnetID == id {
			return refuse("DependencyViolation", "The subnet '%s' has dependencies and cannot be deleted.", id)
		}
	}
	for _, t := range r.tables {
		maps.DeleteFunc(t.Associations, func(_, subnet string) bool { return subnet == id })
	}
	delete(r.subnets, id)
	return nil
}

func (r *Region) subnet(id string) (*Subnet, error) {
	sub, ok := r.subnets[id]
	if !ok {
		return nil, refuse("InvalidSubnetID.NotFound", "The subnet ID '%s' does not exist", id)
	}
	return sub, nil
}

func (sub *Subnet) clone() Subnet {
	c := *sub
	c.Tags = maps.Clone(sub.Tags)
	return c
}
