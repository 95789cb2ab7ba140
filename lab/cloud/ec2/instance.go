package ec2

import (
	"context"
	"maps"
	"net/netip"
	"slices"
	"time"
)

// States of an instance.
const (
	Pending      = "pending"
	Running      = "running"
	Stopping     = "stopping"
	Stopped      = "stopped"
	ShuttingDown = "shutting-down"
	Terminated   = "terminated"
)

// Instance is a machine, as EC2 describes it.
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
	Reason   string // why it does not run, a state reason code of EC2's
	Settings Settings
	Root     Volume
	Tags     map[string]string
	filtered []Rule    // as last sent to the datacenter
	ended    time.Time // when it was terminated
}

// launched reports whether the instance has a machine, running or off, that
// stays.
func (i *Instance) launched() bool {
	return i.State == Running || i.State == Stopping || i.State == Stopped
}

// Settings are the changeable properties of a running instance: its CPU credits,
// the effect of a shutdown from inside, and the options of its metadata service.
type Settings struct {
	Credits  string // "standard" or "unlimited"; empty where the type has none
	Shutdown string // "stop" or "terminate"
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

// ModifyInstance changes an instance in place: its groups, settings and tags.
func (r *Region) ModifyInstance(
	ctx context.Context, id string, groupIDs []string, settings Settings, tags map[string]string,
) error {
	if err := r.authorize("ModifyInstanceAttribute", "instance/"+id); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	i, err := r.instance(id)
	if err != nil {
		return err
	}
	if !i.launched() {
		return refuse("IncorrectInstanceState", "The instance '%s' is %s, a state in which it cannot be modified", id, i.State)
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

// ModifyInstanceType gives a stopped instance another type of the architecture
// of its image. Whether its zone offers the type, only the next start tells.
// Credits of a type without are lost; afterwards an instance has those that a
// new one would have.
func (r *Region) ModifyInstanceType(id, name string) error {
	if err := r.authorize("ModifyInstanceAttribute", "instance/"+id); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	i, err := r.instance(id)
	if err != nil {
		return err
	}
	if i.State != Stopped {
		return refuse("IncorrectInstanceState", "The instance '%s' is not in the 'stopped' state.", id)
	}
	t, err := typeNamed(name)
	if err != nil {
		return err
	}
	image, err := r.image(i.ImageID)
	if err != nil {
		return err
	}
	if err := t.checkArchitecture(image); err != nil {
		return err
	}
	i.Type, i.Settings.Credits = t.Name, t.creditsAfter(i.Settings.Credits)
	return nil
}

func (i *Instance) clone() Instance {
	c := *i
	c.GroupIDs, c.Tags, c.filtered = slices.Clone(i.GroupIDs), maps.Clone(i.Tags), nil
	return c
}
