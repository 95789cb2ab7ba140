package fabric

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
)

// Fabric is the network as this process built it. It is safe for use by
// several goroutines. A process has one, and is in the operator's namespace.
type Fabric struct {
	mu         sync.Mutex
	regions    map[string]*region
	numbers    slots
	travellers slots
}

// New starts from a raised backbone with nothing behind it but the operator.
func New() *Fabric {
	return &Fabric{
		regions:    map[string]*region{},
		numbers:    newSlots("region", maxRegions),
		travellers: newSlots("traveller", maxTravellers),
	}
}

// Addresses are the public addresses of a region. They stay the same as long
// as the Fabric lives, whether or not the region is in use. It fails for the
// seventeenth region.
func (f *Fabric) Addresses(region string) (Addresses, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	r, err := f.region(region)
	if err != nil {
		return Addresses{}, err
	}
	return regionAddresses(r.slot), nil
}

// Join attaches a host to a region's router, behind rules. Traffic that no
// rule admits is dropped; answers to admitted traffic pass. The host's name
// and address must be free.
func (f *Fabric) Join(ctx context.Context, region string, h Host, rules []Rule) (*Link, error) {
	link, err := f.admit(ctx, region, h, rules)
	if err != nil {
		return nil, fmt.Errorf("attaching %q to region %q: %w", h.Name, region, err)
	}
	if err := link.Renew(ctx); err != nil {
		return nil, errors.Join(err, link.Remove(context.WithoutCancel(ctx)))
	}
	return link, nil
}

// InstanceMTU is the MTU of an instance's interface in bytes. That of an Internet gateway is
// 1500: larger packets to the Internet are divided, or dropped and answered with ICMP
// (Amazon EC2 User Guide, "Network maximum transmission unit (MTU)").
const InstanceMTU = 9001

// admit adds the host to the state and loads the filter, before there
// is a cable: a host is never without a filter.
func (f *Fabric) admit(ctx context.Context, region string, h Host, rules []Rule) (*Link, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	r, err := f.region(region)
	if err != nil {
		return nil, err
	}
	if err := r.checkFree(h); err != nil {
		return nil, err
	}
	p := port{device: r.freeDevice(), address: h.Address, address6: h.Address6, rules: rules}
	r.ports[h.Name] = p
	if err := errors.Join(r.raise(ctx), r.load(ctx)); err != nil {
		delete(r.ports, h.Name)
		return nil, errors.Join(err, r.lower(context.WithoutCancel(ctx)))
	}
	link := &Link{host: h, namespace: hostPrefix + h.Name, router: r.router(), port: p.device, cableMTU: InstanceMTU}
	link.leave = func(ctx context.Context) error { return f.forget(ctx, r, h.Name) }
	return link, nil
}

func (f *Fabric) forget(ctx context.Context, r *region, host string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(r.ports, host)
	return errors.Join(r.load(ctx), r.lower(ctx))
}

// Filter replaces a host's rules.
func (f *Fabric) Filter(ctx context.Context, region, host string, rules []Rule) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	r, err := f.region(region)
	if err != nil {
		return err
	}
	p, ok := r.ports[host]
	if !ok {
		return fmt.Errorf("filtering %q in region %q: there is no such host", host, region)
	}
	p.rules = rules
	r.ports[host] = p
	return r.load(ctx)
}

// Map translates a public address of the region to a private one, one to one, in
// both directions. Without a mapping, a host has no IPv4 egress.
func (f *Fabric) Map(ctx context.Context, region string, public, private netip.Addr) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	r, err := f.region(region)
	if err != nil {
		return err
	}
	if err := r.checkMapping(public, private); err != nil {
		return fmt.Errorf("mapping %s to %s in region %q: %w", public, private, region, err)
	}
	before, moved := r.elastic[public]
	r.elastic[public] = private
	if moved && before != private {
		return r.remap(ctx)
	}
	return r.load(ctx)
}

// Unmap removes a mapping. One that does not exist is not an error.
func (f *Fabric) Unmap(ctx context.Context, region string, public netip.Addr) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	r, err := f.region(region)
	if err != nil {
		return err
	}
	if _, mapped := r.elastic[public]; !mapped {
		return nil
	}
	delete(r.elastic, public)
	return r.remap(ctx)
}

// region returns the state of a region, and creates it if there is none.
func (f *Fabric) region(name string) (*region, error) {
	if r, ok := f.regions[name]; ok {
		return r, nil
	}
	slot, err := f.numbers.take(name)
	if err != nil {
		return nil, err
	}
	f.regions[name] = newRegion(name, slot)
	return f.regions[name], nil
}
