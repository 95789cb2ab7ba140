package command

import (
	"context"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Command is the resource command:remote:Command. Nothing is done to delete it.
type Command struct{}

// CommandArgs are the inputs of a command. A change of Triggers needs a new
// resource; a change of any other runs the command again.
type CommandArgs struct {
	Connection *Connection `pulumi:"connection" provider:"secret"`
	Create     *string     `pulumi:"create,optional"`
	Stdin      *string     `pulumi:"stdin,optional"`
	Triggers   *[]any      `pulumi:"triggers,optional" provider:"replaceOnChanges"`

	// These two have one value each that is supported.
	Logging                *string `pulumi:"logging,optional"`                // none
	AddPreviousOutputInEnv *bool   `pulumi:"addPreviousOutputInEnv,optional"` // false
}

// Output are the outputs of a command, each without one newline at its end.
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

// Check fills in the defaults, and refuses unsupported inputs.
func (*Command) Check(ctx context.Context, req infer.CheckRequest) (infer.CheckResponse[CommandArgs], error) {
	args, failures, err := infer.DefaultCheck[CommandArgs](ctx, req.NewInputs)
	if len(failures) == 0 && err == nil {
		failures = args.unsupported()
	}
	return infer.CheckResponse[CommandArgs]{Inputs: args, Failures: failures}, err
}

func (a CommandArgs) unsupported() []p.CheckFailure {
	var failures []p.CheckFailure
	if a.Logging == nil || *a.Logging != "none" {
		failures = append(failures, refusal("logging", "logs nothing: set logging to none"))
	}
	if a.AddPreviousOutputInEnv == nil || *a.AddPreviousOutputInEnv {
		failures = append(failures, refusal("addPreviousOutputInEnv",
			"sends no variables: set addPreviousOutputInEnv to false"))
	}
	return failures
}

// Create runs the command, if there is one.
func (*Command) Create(ctx context.Context, req infer.CreateRequest[CommandArgs]) (infer.CreateResponse[CommandState], error) {
	state := CommandState{CommandArgs: req.Inputs}
	id, err := resource.NewUniqueHex(req.Name, 8, 0)
	if err == nil && !req.DryRun {
		state.Output, err = req.Inputs.run(ctx, Output{})
	}
	return infer.CreateResponse[CommandState]{ID: id, Output: state}, err
}

// Update runs the command again, if there is one.
func (*Command) Update(ctx context.Context, req infer.UpdateRequest[CommandArgs, CommandState]) (infer.UpdateResponse[CommandState], error) {
	state := CommandState{CommandArgs: req.Inputs, Output: req.State.Output}
	var err error
	if !req.DryRun {
		state.Output, err = req.Inputs.run(ctx, req.State.Output)
	}
	return infer.UpdateResponse[CommandState]{Output: state}, err
}
