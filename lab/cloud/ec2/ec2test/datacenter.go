// Package ec2test has a Datacenter for tests that need no machines.
package ec2test

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sync"

	"tripvpn/lab/cloud/ec2"
)

// Datacenter records its calls, and does nothing. Its zero value is
// ready for use.
type Datacenter struct {
	// Booting, if set, is called while a machine boots, also where it is started
	// again.
	Booting func()
	// Launched, if set, is told the id of a machine that has booted, before the
	// account is.
	Launched func(id string)
	// Stopping, if set, is called while a machine stops.
	Stopping func()
	// Terminating, if set, is called while a machine ends.
	Terminating func()

	mu       sync.Mutex
	calls    []string
	machines []ec2.Machine
	rules    map[string][]ec2.Rule
	ended    map[string]func()
	failing  map[string]error
}

var _ ec2.Datacenter = (*Datacenter)(nil)

// Launch remembers the machine.
func (d *Datacenter) Launch(_ context.Context, m ec2.Machine, ended func()) error {
	if d.Booting != nil {
		d.Booting()
	}
	err := d.enter(m, ended)
	if d.Launched != nil {
		d.Launched(m.ID)
	}
	return err
}

func (d *Datacenter) enter(m ec2.Machine, ended func()) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.machines = append(d.machines, m)
	d.keep(m.ID, m.Rules)
	if d.ended == nil {
		d.ended = map[string]func(){}
	}
	d.ended[m.ID] = ended
	return d.record("launch", m.Region, m.ID)
}

// PowerOff has a machine power itself off, and returns when the account knows.
func (d *Datacenter) PowerOff(id string) {
	d.mu.Lock()
	ended := d.ended[id]
	d.mu.Unlock()
	ended()
}

// Stop remembers that it was called.
func (d *Datacenter) Stop(_ context.Context, region, id string) error {
	if d.Stopping != nil {
		d.Stopping()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.record("stop", region, id)
}

// Start remembers that it was called.
func (d *Datacenter) Start(_ context.Context, region, id string) error {
	if d.Booting != nil {
		d.Booting()
	}
	d.mu.Lock()
	err := d.record("start", region, id)
	d.mu.Unlock()
	if d.Launched != nil {
		d.Launched(id)
	}
	return err
}

// Terminate forgets the machine's rules.
func (d *Datacenter) Terminate(_ context.Context, region, id string) error {
	if d.Terminating != nil {
		d.Terminating()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.rules, id)
	return d.record("terminate", region, id)
}

// Filter remembers the rules.
func (d *Datacenter) Filter(_ context.Context, region, id string, rules []ec2.Rule) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.keep(id, rules)
	return d.record("filter", region, id)
}

// Map remembers that it was called.
func (d *Datacenter) Map(_ context.Context, region string, public, private netip.Addr) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.record("map", region, fmt.Sprintf("%s=%s", public, private))
}

// Unmap remembers that it was called.
func (d *Datacenter) Unmap(_ context.Context, region string, public netip.Addr) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.record("unmap", region, public.String())
}

// Fail makes every later call of a kind, "launch", end with an error.
func (d *Datacenter) Fail(kind string, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.failing = map[string]error{kind: err}
}

// Calls returns the calls since the last time, as "map us-east-1 public=private".
func (d *Datacenter) Calls() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	calls := d.calls
	d.calls = nil
	return calls
}

// Machines returns all machines that were ever launched, in order.
func (d *Datacenter) Machines() []ec2.Machine {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.machines)
}

// Rules returns the rules in front of a machine.
func (d *Datacenter) Rules(id string) []ec2.Rule {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.rules[id])
}

func (d *Datacenter) keep(id string, rules []ec2.Rule) {
	if d.rules == nil {
		d.rules = map[string][]ec2.Rule{}
	}
	d.rules[id] = rules
}

func (d *Datacenter) record(kind, region, what string) error {
	d.calls = append(d.calls, kind+" "+region+" "+what)
	return d.failing[kind]
}
