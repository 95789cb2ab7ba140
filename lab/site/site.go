// Package site puts machines on the fabric. It is the datacenter of the cloud's
// stand-in, which decides the meaning of security groups and addresses; machine
// and fabric do the work.
package site

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"tripvpn/lab/cloud/ec2"
	"tripvpn/lab/fabric"
	"tripvpn/lab/fabric/operator"
	"tripvpn/lab/image"
	"tripvpn/lab/machine"
	"tripvpn/lab/repo"
	"tripvpn/lab/traveller"
)

// Site implements ec2.Datacenter. It is safe for use by several goroutines. A
// process has one, and is inside the lab (package operator).
type Site struct {
	// Patience is how long an instance may take to shut down before it is cut
	// off, set before the first launch. Zero means the machine package's default.
	Patience time.Duration

	// Virtual reports whether a region's instances are virtual machines, with the
	// architecture, memory, processors and disk of their types. It is set before the
	// first launch. By default all are containers.
	Virtual func(region string) bool

	// Offloading gives virtual machines an image with what the kernel's data path needs,
	// set before the first launch.
	Offloading bool

	fabric *fabric.Fabric
	images *image.Builder

	mu        sync.Mutex
	instances map[string]instance
}

var _ ec2.Datacenter = (*Site)(nil)

type instance struct {
	machine *machine.Machine
	link    *fabric.Link
}

var folders = machine.Folders{
	Run:  operator.RunFolder,
	Disk: filepath.Join(operator.DiskFolder, "machines"),
}

// New makes an empty site. progress gets a line for each slow step, and may be nil.
func New(ctx context.Context, progress func(string)) (*Site, error) {
	debian, _, err := debian(ctx)
	if err != nil {
		return nil, err
	}
	cache, err := repo.Cache()
	if err != nil {
		return nil, err
	}
	return &Site{
		fabric:    fabric.New(),
		images:    &image.Builder{Folder: cache, Debian: debian, Resolver: fabric.DNS, Progress: progress, WayIn: machine.WayIn()},
		instances: map[string]instance{},
	}, nil
}

// Addresses are the public addresses that a region's instances may be given.
func (s *Site) Addresses(region string) (fabric.Addresses, error) { return s.fabric.Addresses(region) }

// Prepare builds the images of a host and of a traveller, or finds them in the
// cache, so that nothing waits for them later.
func (s *Site) Prepare(ctx context.Context, image string) error {
	if _, err := s.images.Host(ctx, image); err != nil {
		return err
	}
	_, err := s.images.Traveller(ctx)
	return err
}

// Launch implements ec2.Datacenter.
func (s *Site) Launch(ctx context.Context, m ec2.Machine, ended func()) error {
	host, config := hostOf(m), machine.Config{Name: m.ID, Folders: folders, Seed: seedOf(m), Patience: s.Patience}
	var err error
	if s.Virtual != nil && s.Virtual(m.Region) {
		host.Virtual = true
		err = s.virtual(ctx, m, &config)
	} else {
		config.Layers, err = s.images.Host(ctx, m.Image)
	}
	if err != nil {
		return err
	}
	if config.Group, err = operator.Group("machine-" + m.ID); err != nil {
		return err
	}
	link, err := s.fabric.Join(ctx, m.Region, host, rulesOf(m.Rules))
	if err != nil {
		return err
	}
	entered := make(chan struct{})
	defer close(entered)
	config.Network = link
	config.Ended = func() { <-entered; ended() }
	started, err := machine.Start(ctx, config)
	if err != nil {
		return errors.Join(err, link.Remove(context.WithoutCancel(ctx)))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.instances[m.ID] = instance{started, link}
	return nil
}

func hostOf(m ec2.Machine) fabric.Host {
	return fabric.Host{
		Name:     m.ID,
		Gateway:  m.Gateway,
		Address:  m.Address,
		Gateway6: m.Gateway6,
		Address6: m.Address6,
	}
}

func seedOf(m ec2.Machine) *machine.Seed {
	return &machine.Seed{
		InstanceID: m.ID,
		// EC2's naming by address.
		Hostname:      "ip-" + strings.ReplaceAll(m.Address.String(), ".", "-"),
		AuthorizedKey: m.AuthorizedKey,
		UserData:      m.UserData,
	}
}

func rulesOf(rules []ec2.Rule) []fabric.Rule {
	translated := make([]fabric.Rule, len(rules))
	for i, r := range rules {
		translated[i] = fabric.Rule(r)
	}
	return translated
}

// Stop implements ec2.Datacenter.
func (s *Site) Stop(ctx context.Context, _, id string) error {
	host, err := s.Machine(id)
	if err != nil {
		return err
	}
	return host.PowerOff(ctx)
}

// Start implements ec2.Datacenter.
func (s *Site) Start(ctx context.Context, _, id string) error {
	host, err := s.Machine(id)
	if err != nil {
		return err
	}
	return host.PowerOn(ctx)
}

// Terminate implements ec2.Datacenter. An instance that could not be removed
// stays known, for another try.
func (s *Site) Terminate(ctx context.Context, _, id string) error {
	s.mu.Lock()
	i, ok := s.instances[id]
	s.mu.Unlock()
	if !ok {
		return nil
	}
	if err := i.machine.PowerOff(ctx); err != nil {
		return err
	}
	if err := errors.Join(i.machine.Remove(ctx), i.link.Remove(ctx)); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.instances, id)
	return nil
}

// Filter implements ec2.Datacenter.
func (s *Site) Filter(ctx context.Context, region, id string, rules []ec2.Rule) error {
	return s.fabric.Filter(ctx, region, id, rulesOf(rules))
}

// Map implements ec2.Datacenter.
func (s *Site) Map(ctx context.Context, region string, public, private netip.Addr) error {
	return s.fabric.Map(ctx, region, public, private)
}

// Unmap implements ec2.Datacenter.
func (s *Site) Unmap(ctx context.Context, region string, public netip.Addr) error {
	return s.fabric.Unmap(ctx, region, public)
}

// Machine is the machine behind an instance, to look inside.
func (s *Site) Machine(id string) (*machine.Machine, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, ok := s.instances[id]
	if !ok {
		return nil, fmt.Errorf("looking for instance %q: there is none", id)
	}
	return i.machine, nil
}

// Traveller starts a traveller's machine. It lives until its Remove, or the
// lab's end.
func (s *Site) Traveller(ctx context.Context, name string) (*traveller.Traveller, error) {
	layers, err := s.images.Traveller(ctx)
	if err != nil {
		return nil, err
	}
	return s.traveller(ctx, name, layers)
}

// TravellerWith is the same with another OpenVPN client, one of image.Clients or
// image.Desktops. The image is built on first use.
func (s *Site) TravellerWith(ctx context.Context, client, name string) (*traveller.Traveller, error) {
	layers, err := s.images.Client(ctx, client)
	if err != nil {
		return nil, err
	}
	return s.traveller(ctx, name, layers)
}

func (s *Site) traveller(ctx context.Context, name string, layers []string) (*traveller.Traveller, error) {
	group, err := operator.Group("traveller-" + name)
	if err != nil {
		return nil, err
	}
	link, err := s.fabric.Traveller(ctx, name)
	if err != nil {
		return nil, err
	}
	started, err := machine.Start(ctx, machine.Config{
		Name:    "traveller-" + name,
		Layers:  layers,
		Network: link,
		Folders: folders,
		Group:   group,
	})
	if err != nil {
		return nil, errors.Join(err, link.Remove(context.WithoutCancel(ctx)))
	}
	return traveller.New(started, link), nil
}
