package ec2

import (
	"context"
	"fmt"
)

// StopInstance shuts an instance down. Its disk, its addresses and its Elastic
// IP stay, see
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Stop_Start.html.
// Stopping a stopped instance is not an error. An instance whose stop failed is
// still stopping, and can be stopped again.
func (r *Region) StopInstance(ctx context.Context, id string) error {
	if err := r.authorize("StopInstances", "instance/"+id); err != nil {
		return err
	}
	r.ending.Lock()
	defer r.ending.Unlock()
	if over, err := r.beginStop(id); over || err != nil {
		return err
	}
	// The lock is free meanwhile: shutting a machine down takes its time.
	if err := r.datacenter.Stop(ctx, r.Name, id); err != nil {
		return err
	}
	return r.endStop(id)
}

func (r *Region) beginStop(id string) (over bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	i, err := r.instance(id)
	if err != nil {
		return true, err
	}
	switch i.State {
	case Stopped:
		return true, nil
	case Running, Stopping:
		i.State, i.Reason = Stopping, UserInitiated
		return false, nil
	}
	return true, refuse("IncorrectInstanceState", "This instance '%s' is not in a state from which it can be stopped.", id)
}

func (r *Region) endStop(id string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	i, err := r.instance(id)
	if err == nil {
		i.State = Stopped
	}
	return err
}

// StartInstance boots a stopped instance from its disk, with the addresses and
// the rules that it has by now, and waits for its init to run. Starting a running
// instance is not an error. One that cannot be started stays stopped.
func (r *Region) StartInstance(ctx context.Context, id string) error {
	if err := r.authorize("StartInstances", "instance/"+id); err != nil {
		return err
	}
	r.ending.Lock()
	defer r.ending.Unlock()
	if over, err := r.beginStart(id); over || err != nil {
		return err
	}
	if err := r.datacenter.Start(ctx, r.Name, id); err != nil {
		r.failStart(id)
		return err
	}
	return r.endStart(ctx, id)
}

func (r *Region) beginStart(id string) (over bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	i, err := r.instance(id)
	if err != nil {
		return true, err
	}
	switch i.State {
	case Running:
		return true, nil
	case Stopped:
		if err := r.checkStart(i); err != nil {
			return true, err
		}
		i.State, i.Reason = Pending, ""
		return false, nil
	}
	return true, refuse("IncorrectInstanceState", "The instance '%s' is not in a state from which it can be started.", id)
}

// checkStart refuses to run an instance where it is.
func (r *Region) checkStart(i *Instance) error {
	t, err := typeNamed(i.Type)
	if err != nil {
		return err
	}
	if err := r.admit(t, i.Zone); err != nil {
		return err
	}
	if !r.hasCapacity(t, i.Zone) {
		return refuse("InsufficientInstanceCapacity", "Insufficient capacity.")
	}
	return nil
}

func (r *Region) failStart(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if i, ok := r.instances[id]; ok {
		i.State, i.Reason = Stopped, InternalError
	}
}

// endStart enters the instance as running, with the rules that may have
// changed while it booted.
func (r *Region) endStart(ctx context.Context, id string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	i, err := r.instance(id)
	if err != nil {
		return err
	}
	if i.State != Pending {
		// It powered itself off. The provider waits until its time is up.
		return fmt.Errorf("waiting for EC2 Instance (%s) start: timeout while waiting for state to become 'running' "+
			"(last state: '%s', timeout: 10m0s)", id, i.State)
	}
	i.State = Running
	return r.filter(ctx, i)
}
