package command

import (
	"context"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Command is the resource command:remote:Command.
type Command struct{}

// CommandArgs are the inputs of a command. A change of any of them but
// Triggers, which take a new resource, runs Update, or Create without one.
type CommandArgs struct {
	Connection             *Connection       `pulumi:"connection" provider:"secret"`
	Create                 *string           `pulumi:"create,optional"`
	Update                 *string           `pulumi:"update,optional"`
	Delete                 *string           `pulumi:"delete,optional"`
	Stdin                  *string           `pulumi:"stdin,optional"`
	Environment            map[string]string `pulumi:"environment,optional"`
	Logging                *Logging          `pulumi:"logging,optional"`                // default both streams
	AddPreviousOutputInEnv *bool             `pulumi:"addPreviousOutputInEnv,optional"` // default true
	Triggers               *[]any            `pulumi:"triggers,optional" provider:"replaceOnChanges"`
}

// Output is what a command wrote, each without one newline at its end.
type Output struct {
	Stdout string `pulumi:"stdout"`
	Stderr string `pulumi:"stderr"`
}

// CommandState is a command that was run.
type CommandState struct {
	CommandArgs
	Output
}

// Annotate names the resource.
func (c *Command) Annotate(a infer.Annotator) { a.SetToken("remote", "Command") }

// Check fills in the defaults, and refuses connections that it cannot make.
func (*Command) Check(ctx context.Context, req infer.CheckRequest) (infer.CheckResponse[CommandArgs], error) {
	args, failures, err := infer.DefaultCheck[CommandArgs](ctx, req.NewInputs)
	failures = append(failures, args.Connection.unsupported()...)
	return infer.CheckResponse[CommandArgs]{Inputs: args, Failures: failures}, err
}

// Create runs the create command, if there is one.
func (*Command) Create(ctx context.Context, req infer.CreateRequest[CommandArgs]) (infer.CreateResponse[CommandState], error) {
	state := CommandState{CommandArgs: req.Inputs}
	id, err := resource.NewUniqueHex(req.Name, 8, 0)
	if err == nil && !req.DryRun {
		state.Output, err = req.Inputs.run(ctx, req.Inputs.Create, Output{})
	}
	return infer.CreateResponse[CommandState]{ID: id, Output: state}, err
}

// Update runs the update command, or the create command without one.
func (*Command) Update(ctx context.Context, req infer.UpdateRequest[CommandArgs, CommandState]) (infer.UpdateResponse[CommandState], error) {
	state := CommandState{CommandArgs: req.Inputs, Output: req.State.Output}
	if req.DryRun {
		return infer.UpdateResponse[CommandState]{Output: state}, nil
	}
	line := req.Inputs.Update
	if line == nil {
		line = req.Inputs.Create
	}
	var err error
	state.Output, err = req.Inputs.run(ctx, line, req.State.Output)
	return infer.UpdateResponse[CommandState]{Output: state}, err
}

// Delete runs the delete command, if there is one.
func (*Command) Delete(ctx context.Context, req infer.DeleteRequest[CommandState]) (infer.DeleteResponse, error) {
	_, err := req.State.run(ctx, req.State.Delete, req.State.Output)
	return infer.DeleteResponse{}, err
}
