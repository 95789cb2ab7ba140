package main

import (
	"context"
	"fmt"

	"tripvpn/bootstrap/host"
	"tripvpn/internal/spec"
)

// converge goes through the steps in order, and applies each that differs.
// Cut off anywhere, it goes on from there when it is run again.
func (p program) converge(ctx context.Context, opts options, w host.Writer, s spec.Spec) ([]stepReport, error) {
	steps, err := stepsFor(s)
	if err != nil {
		return nil, err
	}
	var done []stepReport
	for _, step := range steps {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("stopped before %s: %w", step.Name(), err)
		}
		change, err := step.Check(ctx, w)
		if err != nil {
			return nil, fmt.Errorf("checking %s: %w", step.Name(), err)
		}
		if !change.None() {
			if err := step.Apply(ctx, w, change); err != nil {
				return nil, fmt.Errorf("applying %s: %w", step.Name(), err)
			}
		}
		reported := stepReported(step, change)
		done = append(done, reported)
		printStep(p.progress(opts), "changed", reported)
	}
	return done, nil
}
