package command

import (
	"context"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi-go-provider/infer/types"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// CopyToRemote is the resource command:remote:CopyToRemote.
type CopyToRemote struct{}

// CopyArgs are the inputs of a copy of one file.
type CopyArgs struct {
	Connection *Connection          `pulumi:"connection" provider:"secret"`
	Source     types.AssetOrArchive `pulumi:"source"`
	RemotePath string               `pulumi:"remotePath"`
	Triggers   *[]any               `pulumi:"triggers,optional" provider:"replaceOnChanges"`
}

// CopyState is a copy that was made. Nothing deletes it again.
type CopyState struct{ CopyArgs }

// Annotate names the resource.
func (c *CopyToRemote) Annotate(a infer.Annotator) { a.SetToken("remote", "CopyToRemote") }

// Check fills in the defaults, and refuses unsupported inputs.
func (*CopyToRemote) Check(ctx context.Context, req infer.CheckRequest) (infer.CheckResponse[CopyArgs], error) {
	args, failures, err := infer.DefaultCheck[CopyArgs](ctx, req.NewInputs)
	if len(failures) == 0 && err == nil {
		failures = args.unsupported()
	}
	return infer.CheckResponse[CopyArgs]{Inputs: args, Failures: failures}, err
}

func (a CopyArgs) unsupported() []p.CheckFailure {
	source := a.Source.Asset
	switch {
	case source != nil && source.IsURI():
		return []p.CheckFailure{{Property: "asset", Reason: "asset must be a path-based file asset or a text asset"}}
	case source == nil || !source.IsPath():
		return []p.CheckFailure{refusal("source", "copies one file: give it as a file asset")}
	}
	return nil
}

// Create copies.
func (*CopyToRemote) Create(ctx context.Context, req infer.CreateRequest[CopyArgs]) (infer.CreateResponse[CopyState], error) {
	state := CopyState{req.Inputs}
	if req.DryRun {
		return infer.CreateResponse[CopyState]{Output: state}, nil
	}
	if err := req.Inputs.copy(ctx); err != nil {
		return infer.CreateResponse[CopyState]{Output: state}, err
	}
	id, err := resource.NewUniqueHex("", 8, 0)
	return infer.CreateResponse[CopyState]{ID: id, Output: state}, err
}

// Update copies again if the hash of the source, which the engine computes, or
// the destination changed. Otherwise it only keeps the new inputs. An older
// copy elsewhere stays.
func (*CopyToRemote) Update(ctx context.Context, req infer.UpdateRequest[CopyArgs, CopyState]) (infer.UpdateResponse[CopyState], error) {
	state := CopyState{req.Inputs}
	old := req.State
	if req.DryRun || old.Source.Asset.Hash == req.Inputs.Source.Asset.Hash && old.RemotePath == req.Inputs.RemotePath {
		return infer.UpdateResponse[CopyState]{Output: state}, nil
	}
	return infer.UpdateResponse[CopyState]{Output: state}, req.Inputs.copy(ctx)
}
