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

// CopyArgs are the inputs of a copy. The source is a file, text, or a directory
// or archive file given by its path; archives are not unpacked.
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

// Check fills in the defaults, and refuses sources and connections that cannot
// be had.
func (*CopyToRemote) Check(ctx context.Context, req infer.CheckRequest) (infer.CheckResponse[CopyArgs], error) {
	args, failures, err := infer.DefaultCheck[CopyArgs](ctx, req.NewInputs)
	failures = append(failures, args.Connection.unsupported()...)
	failures = append(failures, unusable(args.Source)...)
	return infer.CheckResponse[CopyArgs]{Inputs: args, Failures: failures}, err
}

// unusable says what is wrong with a source.
func unusable(source types.AssetOrArchive) []p.CheckFailure {
	asset, archive := source.Asset, source.Archive
	switch {
	case asset == nil && archive == nil:
		return []p.CheckFailure{{Property: "asset", Reason: "either asset or archive must be set"}}
	case asset != nil && archive != nil:
		return []p.CheckFailure{{Property: "asset", Reason: "only one of asset or archive can be set"}}
	case asset != nil && !asset.IsPath() && !asset.IsText():
		return []p.CheckFailure{{Property: "asset", Reason: "asset must be a path-based file asset or a text asset"}}
	case archive != nil && !archive.IsPath():
		return []p.CheckFailure{{Property: "archive", Reason: "archive must be a path to a file or directory"}}
	default:
		return nil
	}
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

// Update copies again if the source's content or the destination changed, and
// otherwise only notes the new inputs. An older copy elsewhere stays.
func (*CopyToRemote) Update(ctx context.Context, req infer.UpdateRequest[CopyArgs, CopyState]) (infer.UpdateResponse[CopyState], error) {
	state := CopyState{req.Inputs}
	old := req.State
	if req.DryRun || hash(old.Source) == hash(req.Inputs.Source) && old.RemotePath == req.Inputs.RemotePath {
		return infer.UpdateResponse[CopyState]{Output: state}, nil
	}
	return infer.UpdateResponse[CopyState]{Output: state}, req.Inputs.copy(ctx)
}

// hash is the hash of a source's content that the engine computed.
func hash(source types.AssetOrArchive) string {
	if source.Archive != nil {
		return source.Archive.Hash
	}
	return source.Asset.Hash
}
