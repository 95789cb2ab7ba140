package ec2

import (
	"context"
	"maps"
	"net/netip"
	"slices"
)

// States of an instance. One that is terminated is no longer in the books.
const (
	Pending      = "pending"
	Running      = "running"
	ShuttingDown = "shutting-down"
)

// Instance is a machine in the books.
type Instance struct {
	ID       string
	ImageID  string
	Type     string
	KeyName  string
	VpcID    string
	SubnetID string
	Zone     string
	GroupIDs []string
	Address  netip.Addr
	Address6 netip.Addr // invalid without IPv6
	State    string
	Settings Settings
	Root     Volume
	Tags     map[string]string
	filtered []Rule // what the datacenter was told last
}

// Settings are what can be changed of a running instance: its CPU credits, and
// the options of its metadata service.
type Settings struct {
	Credits  string // "standard" or "unlimited"; empty where the type has none
	Endpoint string // "enabled" or "disabled"
	Tokens   string // "required" or "optional"
	HopLimit int    // 1 to 64
}

// Volume is the root volume. It goes with its instance.
type Volume struct {
	ID        string
	Device    string
	Type      string // "gp3"
	SizeGiB   int
	Encrypted bool
}

// DescribeInstance finds an instance.
func (r *Region) DescribeInstance(id string) (Instance, error) { return describe(r, r.instance, id) }

// ModifyInstance changes an instance in place: its groups, settings and tags.
func (r *Region) ModifyInstance(
	ctx context.Context, id string, groupIDs []string, settings Settings, tags map[string]string,
) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	i, err := r.instance(id)
	if err != nil {
		return err
	}
	if err := settings.Check(); err != nil {
		return err
	}
	t, err := typeNamed(i.Type)
	if err != nil {
		return err
	}
	if err := t.checkCredits(settings.Credits); err != nil {
		return err
	}
	if err := r.checkGroups(groupIDs, r.subnets[i.SubnetID]); err != nil {
		return err
	}
	i.GroupIDs, i.Settings, i.Tags = slices.Clone(groupIDs), settings.orElse(i.Settings), maps.Clone(tags)
	return r.filter(ctx, i)
}

// TerminateInstance ends an instance. Public addresses stop leading to it; an
// Elastic IP is free again.
func (r *Region) TerminateInstance(ctx context.Context, id string) error {
	if err := r.beginTermination(ctx, id); err != nil {
		return err
	}
	// The books are open to others meanwhile: ending a machine takes its time.
	if err := r.datacenter.Terminate(ctx, r.Name, id); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.instances, id)
	return nil
}

func (r *Region) beginTermination(ctx context.Context, id string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	i, err := r.instance(id)
	if err != nil {
		return err
	}
	for _, a := range r.addressesOf(id) {
		if err := r.unmap(ctx, a); err != nil {
			return err
		}
	}
	i.State = ShuttingDown
	return nil
}

func (r *Region) instance(id string) (*Instance, error) {
	if !wellFormed("i", id) {
		return nil, refuse("InvalidInstanceID.Malformed", "Invalid id: %q", id)
	}
	i, ok := r.instances[id]
	if !ok {
		return nil, refuse("InvalidInstanceID.NotFound", "The instance ID '%s' does not exist", id)
	}
	return i, nil
}

func (i *Instance) clone() Instance {
	c := *i
	c.GroupIDs, c.Tags, c.filtered = slices.Clone(i.GroupIDs), maps.Clone(i.Tags), nil
	return c
}
