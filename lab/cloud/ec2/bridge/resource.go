package bridge

import (
	"context"
	"fmt"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"

	"tripvpn/lab/cloud/ec2"
)

// operations are what can be done with one type of resource. I holds what a
// program says of one, O embeds I and holds what is known of one.
type operations[I, O any] interface {
	// check refuses what upstream refuses in a preview: what EC2's form forbids.
	// Inputs that are unknown are zero. With an old state it refuses in-place
	// changes that the stand-in cannot do.
	check(in I, old *O) error
	// preview is the state with new inputs.
	preview(in I, old O) O
	create(ctx context.Context, r *ec2.Region, in I) (id string, err error)
	// read gives the state as EC2 describes it, and from the old one what EC2
	// does not tell.
	read(r *ec2.Region, id string, old O) (O, error)
	update(ctx context.Context, r *ec2.Region, id string, in I, old O) error
	delete(ctx context.Context, r *ec2.Region, id string, old O) error
}

// resource makes of operations what infer serves.
type resource[I, O any] struct {
	operations[I, O]
	module tokens.ModuleName // "ec2/vpc"
	name   tokens.TypeName   // "Vpc"
}

func serve[I, O any](ops operations[I, O], module tokens.ModuleName, name tokens.TypeName) infer.InferredResource {
	return infer.Resource(resource[I, O]{operations: ops, module: module, name: name})
}

// Annotate gives the type upstream's token. The receiver is empty where infer
// looks for descriptions.
func (res resource[I, O]) Annotate(a infer.Annotator) {
	if res.module != "" {
		a.SetToken(res.module, res.name)
	}
}

// Create makes the resource.
func (res resource[I, O]) Create(ctx context.Context, req infer.CreateRequest[I]) (infer.CreateResponse[O], error) {
	var none O
	resp := infer.CreateResponse[O]{Output: res.preview(req.Inputs, none)}
	if err := res.check(req.Inputs, nil); err != nil {
		return resp, fmt.Errorf("creating EC2 %s: %w", res.name, err)
	}
	if req.DryRun {
		return resp, nil
	}
	var err error
	if resp.ID, err = res.create(ctx, books(ctx), req.Inputs); err != nil {
		return resp, fmt.Errorf("creating EC2 %s: %w", res.name, err)
	}
	resp.Output, err = res.read(books(ctx), resp.ID, resp.Output)
	return resp, err
}

// Read answers without an id if the resource is gone.
func (res resource[I, O]) Read(ctx context.Context, req infer.ReadRequest[I, O]) (infer.ReadResponse[I, O], error) {
	state, err := res.read(books(ctx), req.ID, req.State)
	if gone(err) {
		return infer.ReadResponse[I, O]{}, nil
	}
	if err != nil {
		return infer.ReadResponse[I, O]{}, fmt.Errorf("reading EC2 %s (%s): %w", res.name, req.ID, err)
	}
	return infer.ReadResponse[I, O]{ID: req.ID, Inputs: req.Inputs, State: state}, nil
}

// Update changes the resource in place.
func (res resource[I, O]) Update(ctx context.Context, req infer.UpdateRequest[I, O]) (infer.UpdateResponse[O], error) {
	resp := infer.UpdateResponse[O]{Output: res.preview(req.Inputs, req.State)}
	err := res.check(req.Inputs, &req.State)
	if err == nil && !req.DryRun {
		err = res.update(ctx, books(ctx), req.ID, req.Inputs, req.State)
	}
	if err != nil {
		return resp, fmt.Errorf("updating EC2 %s (%s): %w", res.name, req.ID, err)
	}
	if !req.DryRun {
		resp.Output, err = res.read(books(ctx), req.ID, resp.Output)
	}
	return resp, err
}

// Delete removes the resource. One that is gone already is no error.
func (res resource[I, O]) Delete(ctx context.Context, req infer.DeleteRequest[O]) (infer.DeleteResponse, error) {
	err := res.delete(ctx, books(ctx), req.ID, req.State)
	if err != nil && !gone(err) {
		return infer.DeleteResponse{}, fmt.Errorf("deleting EC2 %s (%s): %w", res.name, req.ID, err)
	}
	return infer.DeleteResponse{}, nil
}
