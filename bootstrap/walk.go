package main

import (
	"context"
	"fmt"

	"tripvpn/bootstrap/host"
	"tripvpn/bootstrap/step"
	"tripvpn/internal/spec"
)

// walk checks the steps for a spec in order, and calls visit for each before it
// checks the next. It returns a report of every step.
func walk(ctx context.Context, r host.Reader, s spec.Spec, visit func(step.Step, step.Change) error) ([]stepReport, error) {
	steps, err := stepsFor(s)
	if err != nil {
		return nil, err
	}
	reports := []stepReport{}
	for _, one := range steps {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("stopped before %s: %w", one.Name(), err)
		}
		change, err := one.Check(ctx, r)
		if err != nil {
			return nil, fmt.Errorf("checking %s: %w", one.Name(), err)
		}
		if err := visit(one, change); err != nil {
			return nil, err
		}
		reports = append(reports, stepReported(one, change))
	}
	return reports, nil
}
