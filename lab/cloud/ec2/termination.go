package ec2

import (
	"context"
	"net/netip"
	"time"
)

// State reason codes, see
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StateReason.html.
const (
	UserInitiated     = "Client.UserInitiatedShutdown"     // by a call
	InstanceInitiated = "Client.InstanceInitiatedShutdown" // from inside
	InternalError     = "Server.InternalError"             // it could not be started
)

// TerminateInstance shuts an instance down and ends it. Public addresses lead to
// it until it is off; then an Elastic IP is free again. An instance that is
// terminated already is not an error.
func (r *Region) TerminateInstance(ctx context.Context, id string) error {
	if err := r.authorize("TerminateInstances", "instance/"+id); err != nil {
		return err
	}
	return r.terminate(ctx, id, UserInitiated)
}

// shutDown notes that a machine has powered itself off, and does what the
// instance's shutdown behavior says, see
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/terminating-instances.html#Using_ChangingInstanceInitiatedShutdownBehavior.
// It runs in the background: an instance that could not be ended stays in the
// state as shutting down, and TerminateInstance tries again.
func (r *Region) shutDown(ctx context.Context, id string) {
	if r.stops(id) {
		return
	}
	_ = r.terminate(ctx, id, InstanceInitiated)
}

// stops enters an instance that was shut down from inside as stopped, unless it
// is being terminated. It keeps its addresses. What is being stopped stops,
// whatever its shutdown behavior.
func (r *Region) stops(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	i, ok := r.instances[id]
	if ok && i.State == Stopping {
		return true
	}
	if !ok || i.State == ShuttingDown || i.Settings.Shutdown != "stop" {
		return false
	}
	i.State, i.Reason = Stopped, InstanceInitiated
	return true
}

func (r *Region) terminate(ctx context.Context, id, reason string) error {
	r.ending.Lock()
	defer r.ending.Unlock()
	if over, err := r.beginTermination(id, reason); over || err != nil {
		return err
	}
	// The lock is free meanwhile: shutting a machine down takes its
	// time.
	if err := r.datacenter.Terminate(ctx, r.Name, id); err != nil {
		return err
	}
	return r.endTermination(ctx, id)
}

// beginTermination reports whether the termination is over already.
func (r *Region) beginTermination(id, reason string) (over bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	i, err := r.instance(id)
	if err != nil || i.State == Terminated {
		return true, err
	}
	if i.State != ShuttingDown {
		i.State, i.Reason = ShuttingDown, reason
	}
	return false, nil
}

// endTermination frees the addresses that still lead to the instance, and keeps
// it to be described, without its place in the network: what it was in can be
// deleted.
func (r *Region) endTermination(ctx context.Context, id string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, a := range r.addressesOf(id) {
		if err := r.unmap(ctx, a); err != nil {
			return err
		}
	}
	i := r.instances[id]
	i.State, i.ended = Terminated, time.Now()
	i.VpcID, i.SubnetID, i.GroupIDs, i.Root = "", "", nil, Volume{}
	i.Address, i.Address6, i.filtered = netip.Addr{}, netip.Addr{}, nil
	delete(r.instances, id)
	r.terminated[id] = i
	return nil
}
