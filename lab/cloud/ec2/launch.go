package ec2

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
)

// InstanceSpec is what RunInstances is asked for, one instance at a time.
type InstanceSpec struct {
	ImageID  string
	Type     string
	SubnetID string
	Address6 string   // of the subnet; empty: EC2 chooses it
	GroupIDs []string // none: the VPC's default group
	KeyName  string   // may be empty
	UserData []byte   // decoded; secret
	Volume   Volume   // zero fields: as the image says
	Settings Settings // empty fields: EC2's defaults
	Tags     map[string]string
}

// MaxUserData is EC2's limit in bytes, before base64.
const MaxUserData = 16384

// Check refuses what no instance can be, as far as the spec is known.
func (s InstanceSpec) Check() error {
	if len(s.UserData) > MaxUserData {
		return refuse("InvalidParameterValue", "User data is limited to 16384 bytes")
	}
	if err := s.Volume.Check(); err != nil {
		return err
	}
	return s.Settings.Check()
}

// RunInstance launches an instance and waits for its init to run.
func (r *Region) RunInstance(ctx context.Context, s InstanceSpec) (Instance, error) {
	if err := r.authorize("RunInstances", "instance/*"); err != nil {
		return Instance{}, err
	}
	if err := s.Check(); err != nil {
		return Instance{}, err
	}
	machine, err := r.beginLaunch(s)
	if err != nil {
		return Instance{}, err
	}
	// The lock is free meanwhile, because booting a machine takes time.
	ended := func() { r.shutDown(context.WithoutCancel(ctx), machine.ID) }
	if err := r.datacenter.Launch(ctx, machine, ended); err != nil {
		return Instance{}, errors.Join(err, r.abandonLaunch(ctx, machine.ID))
	}
	i, err := r.endLaunch(ctx, machine.ID)
	if err != nil {
		return Instance{}, errors.Join(err, r.abandonLaunch(ctx, machine.ID))
	}
	return i, nil
}

// beginLaunch checks the spec against the state and adds the instance as
// pending.
func (r *Region) beginLaunch(s InstanceSpec) (Machine, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	i, image, err := r.design(s)
	if err != nil {
		return Machine{}, err
	}
	machine := Machine{
		Region: r.Name, ID: i.ID, Image: image.Distribution, UserData: string(s.UserData),
		Address: i.Address, Address6: i.Address6, DiskGiB: i.Root.SizeGiB,
	}
	if machine.Type, err = typeNamed(i.Type); err != nil {
		return Machine{}, err
	}
	if s.KeyName != "" {
		key, err := r.key(s.KeyName)
		if err != nil {
			return Machine{}, err
		}
		machine.AuthorizedKey = key.PublicKey
	}
	sub := r.subnets[s.SubnetID]
	machine.Gateway = netip.PrefixFrom(sub.Block.Addr().Next(), sub.Block.Bits())
	if i.Address6.IsValid() {
		machine.Gateway6 = netip.PrefixFrom(sub.Block6.Addr().Next(), sub.Block6.Bits())
	}
	machine.Rules = r.rules(i)
	i.filtered = machine.Rules
	r.instances[i.ID] = i
	return machine, nil
}

// design makes the instance of a spec, or says what is wrong with the spec.
func (r *Region) design(s InstanceSpec) (*Instance, Image, error) {
	image, err := r.image(s.ImageID)
	if err != nil {
		return nil, Image{}, err
	}
	if s.SubnetID == "" {
		return nil, Image{}, refuse("VPCIdNotSpecified", "No default VPC for this user. "+
			"GroupName is only supported for EC2-Classic and default VPC.")
	}
	sub, err := r.subnet(s.SubnetID)
	if err != nil {
		return nil, Image{}, err
	}
	t, err := r.fit(s, image, sub.Zone)
	if err != nil {
		return nil, Image{}, err
	}
	if len(s.GroupIDs) == 0 {
		s.GroupIDs = []string{r.vpcs[sub.VpcID].DefaultGroup}
	}
	if err := r.checkGroups(s.GroupIDs, sub); err != nil {
		return nil, Image{}, err
	}
	root, err := s.Volume.over(image)
	if err != nil {
		return nil, Image{}, err
	}
	i := &Instance{
		ID: newID("i"), ImageID: image.ID, Type: t.Name, KeyName: s.KeyName, VpcID: sub.VpcID, SubnetID: sub.ID,
		Zone: sub.Zone, GroupIDs: slices.Clone(s.GroupIDs), State: Pending, Root: root,
		Settings: s.Settings.orElse(t.defaults()), Tags: maps.Clone(s.Tags),
	}
	if err := r.number(i, sub, s.Address6); err != nil {
		return nil, Image{}, err
	}
	return i, image, r.checkCapacity(t, sub.Zone)
}

// fit finds the type, and refuses one that cannot run the image in the zone, or
// not in this account.
func (r *Region) fit(s InstanceSpec, image Image, zone string) (InstanceType, error) {
	t, err := typeNamed(s.Type)
	if err != nil {
		return t, err
	}
	if err := t.checkArchitecture(image); err != nil {
		return t, err
	}
	if err := t.checkCredits(s.Settings.Credits); err != nil {
		return t, err
	}
	return t, r.admit(t, zone)
}

// checkGroups refuses groups that an instance in the subnet cannot be in.
func (r *Region) checkGroups(ids []string, sub *Subnet) error {
	if len(ids) == 0 || len(ids) > 5 {
		return refuse("SecurityGroupsPerInterfaceLimitExceeded", "An interface is in one to five security groups, not %d",
			len(ids))
	}
	for _, id := range ids {
		g, err := r.group(id)
		if err != nil {
			return err
		}
		if g.VpcID != sub.VpcID {
			return refuse("InvalidParameter", "Security group %s and subnet %s belong to different networks.", id, sub.ID)
		}
	}
	return nil
}

// number gives the instance its addresses. The IPv6 address is the wanted one, if there
// is one.
func (r *Region) number(i *Instance, sub *Subnet, wanted string) error {
	taken := map[netip.Addr]bool{}
	for _, other := range r.instances {
		if other.SubnetID == sub.ID {
			taken[other.Address], taken[other.Address6] = true, true
		}
	}
	var err error
	if i.Address, err = choose(sub.Block, taken); err != nil {
		return err
	}
	switch {
	case wanted != "":
		i.Address6, err = claim(wanted, sub.Block6, taken)
	case sub.AssignIPv6:
		i.Address6, err = choose(sub.Block6, taken)
	}
	return err
}

// endLaunch enters the instance as running, with the rules that may have
// changed while it booted.
func (r *Region) endLaunch(ctx context.Context, id string) (Instance, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	i, err := r.instance(id)
	if err != nil {
		return Instance{}, err
	}
	if i.State != Pending {
		// It was terminated while it booted, or powered itself off.
		return Instance{}, fmt.Errorf("waiting for EC2 Instance (%s) create: unexpected state '%s', wanted target 'running'",
			id, i.State)
	}
	i.State = Running
	return i.clone(), r.filter(ctx, i)
}

// abandonLaunch removes what there may be of a machine, also after its
// operation was cancelled.
func (r *Region) abandonLaunch(ctx context.Context, id string) error {
	return r.terminate(context.WithoutCancel(ctx), id, UserInitiated)
}
