package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tripvpn/bootstrap/host"
)

// lockPatience is how long apply waits for another one, which takes seconds.
const lockPatience = 30 * time.Second

// apply makes the host what the spec says, and verifies it.
func (p program) apply(ctx context.Context, opts options) (int, error) {
	started, w := p.now(), host.NewWriter(opts.root, p.commands(opts.root))
	s, err := p.readSpec(opts, w)
	if err != nil {
		return exitError, err
	}
	if err := errors.Join(requirePackages(w, s), checkEnd(s.Until, p.now())); err != nil {
		return exitError, err
	}
	release, err := p.lock(ctx, opts.root)
	if err != nil {
		return exitError, err
	}
	defer release() // the kernel would do it a moment later
	report := report{Command: "apply", Problems: []problem{}}
	report.Steps, err = p.converge(ctx, opts, w, s)
	if err != nil {
		return exitError, fmt.Errorf("%w; run it again to go on from there", err)
	}
	report.Problems, err = p.problems(ctx, w, s)
	if err != nil {
		return exitError, fmt.Errorf("verifying: %w", err)
	}
	for _, problem := range report.Problems {
		printProblem(p.progress(opts), problem)
	}
	report.OK = len(report.Problems) == 0
	if err := p.finish(opts, report, started, report.summary()); err != nil || !report.OK {
		return exitError, err
	}
	return exitConverged, nil
}

func (p program) lock(ctx context.Context, root string) (func() error, error) {
	ctx, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	return host.Lock(ctx, root)
}

func (r report) summary() string {
	changed := 0
	for _, step := range r.Steps {
		if step.Change {
			changed++
		}
	}
	verdict := "converged"
	if !r.OK {
		verdict = fmt.Sprintf("not converged, %d problems", len(r.Problems))
	}
	return fmt.Sprintf("%s: %d of %d steps changed something", verdict, changed, len(r.Steps))
}
