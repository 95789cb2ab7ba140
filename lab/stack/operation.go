package stack

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optdestroy"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optrefresh"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"tripvpn/lab/cloud/serve"
)

// Result is the result of an operation.
type Result struct {
	Changes  map[string]int // operation ("create", "same", …) → resources
	Steps    []Step         // in the order in which they began; nothing that stays the same
	Infos    []string       // what program and providers logged, by severity
	Warnings []string
}

// Step is an operation on one resource. The times are those at which the events
// arrived here; the engine's own have only whole seconds.
type Step struct {
	Operation string // "create"
	URN       string
	Began     time.Time
	Ended     time.Time // zero if it has not succeeded, as in a preview
}

// String is the operation, the type and the name.
func (s Step) String() string {
	urn := resource.URN(s.URN)
	return fmt.Sprintf("%s %s %s", s.Operation, urn.Type(), urn.Name())
}

// Changed reports whether anything but "same" was done.
func (r Result) Changed() bool {
	for operation, count := range r.Changes {
		if operation != "same" && count > 0 {
			return true
		}
	}
	return false
}

// Preview returns the steps that Up would take.
func (s *Stack) Preview(ctx context.Context) (Result, error) {
	return s.operate(ctx, "preview", func(stream chan events.EngineEvent, log io.Writer) error {
		_, err := s.stack.Preview(ctx, optpreview.EventStreams(stream), optpreview.ProgressStreams(log), optpreview.ErrorProgressStreams(log))
		return err
	})
}

// Up makes the world match the program. Resources whose URNs match are
// replaced even if nothing about them changed, as with `pulumi up --replace`.
func (s *Stack) Up(ctx context.Context, replace ...string) (Result, error) {
	return s.operate(ctx, "up", func(stream chan events.EngineEvent, log io.Writer) error {
		_, err := s.stack.Up(ctx, optup.Replace(replace), optup.EventStreams(stream), optup.ProgressStreams(log), optup.ErrorProgressStreams(log))
		return err
	})
}

// Refresh makes the state match the world.
func (s *Stack) Refresh(ctx context.Context) (Result, error) {
	return s.operate(ctx, "refresh", func(stream chan events.EngineEvent, log io.Writer) error {
		_, err := s.stack.Refresh(ctx, optrefresh.EventStreams(stream), optrefresh.ProgressStreams(log), optrefresh.ErrorProgressStreams(log))
		return err
	})
}

// Destroy removes everything, without running the program.
func (s *Stack) Destroy(ctx context.Context) (Result, error) {
	return s.operate(ctx, "destroy", func(stream chan events.EngineEvent, log io.Writer) error {
		_, err := s.stack.Destroy(ctx, optdestroy.EventStreams(stream), optdestroy.ProgressStreams(log), optdestroy.ErrorProgressStreams(log))
		return err
	})
}

// operate runs one operation with providers of its own.
func (s *Stack) operate(ctx context.Context, name string, run func(chan events.EngineEvent, io.Writer) error) (Result, error) {
	attachments, stop, err := serve.Attach(s.options.Plugins()...)
	if err != nil {
		return Result{}, fmt.Errorf("attaching providers for %s: %w", name, err)
	}
	defer stop()
	s.stack.Workspace().SetEnvVar(serve.Variable, attachments)
	stream := make(chan events.EngineEvent)
	watched := make(chan Result, 1)
	go func() { watched <- watch(stream) }()
	// The Automation API closes the stream when the operation is over.
	err = run(stream, s.options.Log)
	if err != nil {
		return Result{}, fmt.Errorf("pulumi %s: %w", name, err)
	}
	return <-watched, ctx.Err()
}

// watch reads the events of one operation, of which the summary is the last.
func watch(stream <-chan events.EngineEvent) Result {
	result := Result{Changes: map[string]int{}}
	for event := range stream {
		if event.ResourcePreEvent != nil {
			step := Step{Operation: string(event.ResourcePreEvent.Metadata.Op), URN: event.ResourcePreEvent.Metadata.URN, Began: time.Now()}
			if step.Operation != "same" && step.Operation != "refresh" {
				result.Steps = append(result.Steps, step)
			}
		}
		if e := event.ResOutputsEvent; e != nil && !e.Planning {
			result.end(string(e.Metadata.Op), e.Metadata.URN)
		}
		if d := event.DiagnosticEvent; d != nil {
			switch diag.Severity(d.Severity) {
			case diag.Warning:
				result.Warnings = append(result.Warnings, plainText(*d))
			case diag.Info:
				result.Infos = append(result.Infos, plainText(*d))
			}
		}
		if event.SummaryEvent == nil {
			continue
		}
		for operation, count := range event.SummaryEvent.ResourceChanges {
			result.Changes[string(operation)] = count
		}
	}
	return result
}

// end notes that a step has succeeded.
func (r Result) end(operation, urn string) {
	for i := range r.Steps {
		if r.Steps[i].Operation == operation && r.Steps[i].URN == urn {
			r.Steps[i].Ended = time.Now()
		}
	}
}

// plainText returns a message without markup for colours and its last newline.
func plainText(e apitype.DiagnosticEvent) string {
	return strings.TrimSuffix(colors.Never.Colorize(e.Message), "\n")
}
