package bridge

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/pulumi/pulumi-go-provider/infer"

	"tripvpn/lab/cloud/ec2"
	"tripvpn/lab/poll"
)

type power struct{}

// PowerInputs are the inputs of aws:ec2transitgateway/instanceState:InstanceState.
type PowerInputs struct {
	Force      *bool  `pulumi:"force,optional"`
	InstanceId string `pulumi:"instanceId"`
	State      string `pulumi:"state"`
}

// PowerState is the state of aws:ec2transitgateway/instanceState:InstanceState.
type PowerState struct {
	PowerInputs
}

// Annotate sets upstream's defaults.
func (i *PowerInputs) Annotate(a infer.Annotator) { a.SetDefault(&i.Force, false) }

// settled are the states in which upstream calls an instance ready.
var settled = []string{ec2.Running, ec2.Stopped}

func (power) check(in PowerInputs, _ *PowerState) error {
	if in.State != "" && !slices.Contains(settled, in.State) {
		return fmt.Errorf("expected state to be one of %q, got %s", settled, in.State)
	}
	return nil
}

func (power) preview(in PowerInputs, old PowerState) PowerState {
	old.PowerInputs = in
	return old
}

// create makes the instance's state the wanted one. The instance's id is that
// of the resource too.
func (power) create(ctx context.Context, r *ec2.Region, in PowerInputs) (string, error) {
	i, err := awaitSettled(ctx, r, in.InstanceId)
	if err != nil {
		return "", err
	}
	return in.InstanceId, changeState(ctx, r, in.InstanceId, i.State, in.State)
}

func (power) read(r *ec2.Region, id string, old PowerState) (PowerState, error) {
	i, err := r.DescribeInstance(id)
	if i.State == ec2.Terminated {
		err = errTerminated
	}
	old.InstanceId, old.State = id, i.State
	return old, err
}

func (power) update(ctx context.Context, r *ec2.Region, id string, in PowerInputs, old PowerState) error {
	if _, err := awaitSettled(ctx, r, id); err != nil {
		return err
	}
	return changeState(ctx, r, id, old.State, in.State)
}

// delete leaves the instance as it is, as upstream does.
func (power) delete(context.Context, *ec2.Region, string, PowerState) error { return nil }

// awaitSettled waits while the instance starts or stops.
func awaitSettled(ctx context.Context, r *ec2.Region, id string) (ec2.Instance, error) {
	var i ec2.Instance
	err := poll.Until(ctx, 100*time.Millisecond, func() (bool, error) {
		var err error
		if i, err = r.DescribeInstance(id); err != nil {
			return false, err
		}
		switch i.State {
		case ec2.Running, ec2.Stopped:
			return true, nil
		case ec2.Pending, ec2.Stopping:
			return false, nil
		case ec2.Terminated:
			return false, errTerminated
		}
		return false, fmt.Errorf("unexpected state '%s', wanted target 'running, stopped'", i.State)
	})
	if err != nil {
		return i, fmt.Errorf("waiting for EC2 Instance (%s) ready: %w", id, err)
	}
	return i, nil
}

// changeState stops or starts an instance, unless its state is said to be the
// wanted one already.
func changeState(ctx context.Context, r *ec2.Region, id, is, wanted string) error {
	switch {
	case is == wanted:
		return nil
	case wanted == ec2.Stopped:
		return stopInstance(ctx, r, id)
	}
	return startInstance(ctx, r, id)
}

func stopInstance(ctx context.Context, r *ec2.Region, id string) error {
	if err := r.StopInstance(ctx, id); err != nil {
		return fmt.Errorf("stopping EC2 Instance (%s): %w", id, err)
	}
	return nil
}

func startInstance(ctx context.Context, r *ec2.Region, id string) error {
	if err := retrying(ctx, "StartInstances", func() error { return r.StartInstance(ctx, id) }); err != nil {
		return fmt.Errorf("starting EC2 Instance (%s): %w", id, err)
	}
	return nil
}
