package bridge

import (
	"context"
	"fmt"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

// operations are what can be done with one type of resource. B is the backend
// that it is in, I holds what a program says of one, O embeds I and holds what
// is known of one.
type operations[B, I, O any] interface {
	// check refuses what upstream refuses in a preview: what the form forbids.
	// Inputs that are unknown are zero. With an old state it refuses in-place
	// changes that the stand-in cannot do.
	check(in I, old *O) error
	// preview is the state with new inputs.
	preview(in I, old O) O
	create(ctx context.Context, backend B, in I) (id string, err error)
	// read gives the state as AWS describes it, and from the old one what AWS
	// does not tell.
	read(backend B, id string, old O) (O, error)
	update(ctx context.Context, backend B, id string, in I, old O) error
	delete(ctx context.Context, backend B, id string, old O) error
}

// service is one of AWS's, by the name that upstream gives it in errors.
type service[B any] struct {
	name    string
	backend func(context.Context) B
}

// resource makes of operations what infer serves.
type resource[B, I, O any] struct {
	operations[B, I, O]
	service service[B]
	module  tokens.ModuleName // "ec2/vpc"
	name    tokens.TypeName   // "Vpc"
}

func serve[B, I, O any](
	of service[B], ops operations[B, I, O], module tokens.ModuleName, name tokens.TypeName,
) infer.InferredResource {
	return infer.Resource(resource[B, I, O]{operations: ops, service: of, module: module, name: name})
}

// Annotate gives the type upstream's token. The receiver is empty where infer
// looks for descriptions.
func (res resource[B, I, O]) Annotate(a infer.Annotator) {
	if res.module != "" {
		a.SetToken(res.module, res.name)
	}
}

// Create makes the resource.
func (res resource[B, I, O]) Create(ctx context.Context, req infer.CreateRequest[I]) (infer.CreateResponse[O], error) {
	var none O
	resp := infer.CreateResponse[O]{Output: res.preview(req.Inputs, none)}
	if err := res.check(req.Inputs, nil); err != nil {
		return resp, fmt.Errorf("creating %s %s: %w", res.service.name, res.name, err)
	}
	if req.DryRun {
		return resp, nil
	}
	var err error
	if resp.ID, err = res.create(ctx, res.service.backend(ctx), req.Inputs); err != nil {
		return resp, fmt.Errorf("creating %s %s: %w", res.service.name, res.name, err)
	}
	resp.Output, err = res.read(res.service.backend(ctx), resp.ID, resp.Output)
	return resp, err
}

// Read answers without an id if the resource is gone.
func (res resource[B, I, O]) Read(ctx context.Context, req infer.ReadRequest[I, O]) (infer.ReadResponse[I, O], error) {
	state, err := res.read(res.service.backend(ctx), req.ID, req.State)
	if gone(err) {
		return infer.ReadResponse[I, O]{}, nil
	}
	if err != nil {
		return infer.ReadResponse[I, O]{}, fmt.Errorf("reading %s %s (%s): %w", res.service.name, res.name, req.ID, err)
	}
	return infer.ReadResponse[I, O]{ID: req.ID, Inputs: req.Inputs, State: state}, nil
}

// Update changes the resource in place.
func (res resource[B, I, O]) Update(ctx context.Context, req infer.UpdateRequest[I, O]) (infer.UpdateResponse[O], error) {
	resp := infer.UpdateResponse[O]{Output: res.preview(req.Inputs, req.State)}
	err := res.check(req.Inputs, &req.State)
	if err == nil && !req.DryRun {
		err = res.update(ctx, res.service.backend(ctx), req.ID, req.Inputs, req.State)
	}
	if err != nil {
		return resp, fmt.Errorf("updating %s %s (%s): %w", res.service.name, res.name, req.ID, err)
	}
	if !req.DryRun {
		resp.Output, err = res.read(res.service.backend(ctx), req.ID, resp.Output)
	}
	return resp, err
}

// Delete removes the resource. One that is gone already is not an error.
func (res resource[B, I, O]) Delete(ctx context.Context, req infer.DeleteRequest[O]) (infer.DeleteResponse, error) {
	err := res.delete(ctx, res.service.backend(ctx), req.ID, req.State)
	if err != nil && !gone(err) {
		return infer.DeleteResponse{}, fmt.Errorf("deleting %s %s (%s): %w", res.service.name, res.name, req.ID, err)
	}
	return infer.DeleteResponse{}, nil
}
