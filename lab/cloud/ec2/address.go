package ec2

import (
	"context"
	"maps"
	"net/netip"
	"slices"
)

// MaxElastic is how many Elastic IPs an account may have in a region.
const MaxElastic = 5

// Address is an Elastic IP that the account holds.
type Address struct {
	AllocationID  string
	Public        netip.Addr
	InstanceID    string // empty while it leads nowhere
	AssociationID string // likewise
	Tags          map[string]string
}

// AllocateAddress takes an Elastic IP out of the region's pool.
func (r *Region) AllocateAddress(tags map[string]string) (Address, error) {
	if err := r.authorize("AllocateAddress", "elastic-ip/*"); err != nil {
		return Address{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.addresses) >= MaxElastic {
		return Address{}, refuse("AddressLimitExceeded", "The maximum number of addresses has been reached.")
	}
	taken := map[netip.Addr]bool{}
	for _, a := range r.addresses {
		taken[a.Public] = true
	}
	for public := r.pool4.Masked().Addr(); r.pool4.Contains(public); public = public.Next() {
		if !taken[public] {
			a := &Address{AllocationID: newID("eipalloc"), Public: public, Tags: maps.Clone(tags)}
			r.addresses[a.AllocationID] = a
			return a.clone(), nil
		}
	}
	return Address{}, refuse("InsufficientAddressCapacity", "Insufficient capacity to satisfy the address request.")
}

// DescribeAddress finds an Elastic IP.
func (r *Region) DescribeAddress(allocationID string) (Address, error) {
	return describe(r, "DescribeAddresses", r.address, allocationID)
}

// DescribeAddresses lists the region's Elastic IPs, in order.
func (r *Region) DescribeAddresses() []Address {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []Address
	for _, a := range r.addresses {
		all = append(all, a.clone())
	}
	slices.SortFunc(all, func(a, b Address) int { return a.Public.Compare(b.Public) })
	return all
}

// TagAddress replaces an Elastic IP's tags.
func (r *Region) TagAddress(allocationID string, tags map[string]string) error {
	return tag(r, "elastic-ip", r.address, allocationID, func(a *Address) { a.Tags = maps.Clone(tags) })
}

// ReleaseAddress gives an Elastic IP back; one that is associated must be
// disassociated first.
func (r *Region) ReleaseAddress(allocationID string) error {
	if err := r.authorize("ReleaseAddress", "elastic-ip/"+allocationID); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	a, err := r.address(allocationID)
	if err != nil {
		return err
	}
	if a.AssociationID != "" {
		return refuse("InvalidIPAddress.InUse", "Address %s is in use.", a.Public)
	}
	delete(r.addresses, allocationID)
	return nil
}

// AssociateAddress makes an Elastic IP lead to an instance, stopped or not, and
// no longer to another. Whatever address led there before leads nowhere.
func (r *Region) AssociateAddress(ctx context.Context, allocationID, instanceID string) (Address, error) {
	if err := r.authorize("AssociateAddress", "elastic-ip/"+allocationID); err != nil {
		return Address{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	a, err := r.address(allocationID)
	if err != nil {
		return Address{}, err
	}
	i, err := r.instance(instanceID)
	if err != nil {
		return Address{}, err
	}
	if !i.launched() {
		return Address{}, refuse("InvalidInstanceID", "The %s instance '%s' is not in a valid state for this operation.",
			i.State, i.ID)
	}
	if r.gatewayOf(i.VpcID) == nil {
		return Address{}, refuse("Gateway.NotAttached", "Network %s is not attached to any internet gateway", i.VpcID)
	}
	for _, old := range append(r.addressesOf(i.ID), a) {
		if err := r.unmap(ctx, old); err != nil {
			return Address{}, err
		}
	}
	if err := r.datacenter.Map(ctx, r.Name, a.Public, i.Address); err != nil {
		return Address{}, err
	}
	a.InstanceID, a.AssociationID = i.ID, newID("eipassoc")
	return a.clone(), nil
}

// DescribeAssociation finds the Elastic IP that an association is of.
func (r *Region) DescribeAssociation(id string) (Address, error) {
	return describe(r, "DescribeAddresses", r.addressAssociated, id)
}

// DisassociateAddress makes an Elastic IP lead nowhere.
func (r *Region) DisassociateAddress(ctx context.Context, associationID string) error {
	if err := r.authorize("DisassociateAddress", "elastic-ip/*"); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	a, err := r.addressAssociated(associationID)
	if err != nil {
		return err
	}
	return r.unmap(ctx, a)
}

// unmap makes an address lead nowhere.
func (r *Region) unmap(ctx context.Context, a *Address) error {
	if a.AssociationID == "" {
		return nil
	}
	if err := r.datacenter.Unmap(ctx, r.Name, a.Public); err != nil {
		return err
	}
	a.InstanceID, a.AssociationID = "", ""
	return nil
}

func (r *Region) addressesOf(instanceID string) []*Address {
	var found []*Address
	for _, a := range r.addresses {
		if a.InstanceID == instanceID {
			found = append(found, a)
		}
	}
	return found
}

func (r *Region) addressAssociated(id string) (*Address, error) {
	for _, a := range r.addresses {
		if id != "" && a.AssociationID == id {
			return a, nil
		}
	}
	return nil, refuse("InvalidAssociationID.NotFound", "The association ID '%s' does not exist", id)
}

func (r *Region) address(allocationID string) (*Address, error) {
	a, ok := r.addresses[allocationID]
	if !ok {
		return nil, refuse("InvalidAllocationID.NotFound", "The allocation ID '%s' does not exist", allocationID)
	}
	return a, nil
}

func (a *Address) clone() Address {
	c := *a
	c.Tags = maps.Clone(a.Tags)
	return c
}
