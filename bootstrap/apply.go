package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tripvpn/bootstrap/host"
	"tripvpn/bootstrap/step"
	"tripvpn/internal/spec"
)

// lockTimeout bounds the wait for another apply, which takes seconds.
const lockTimeout = 30 * time.Second

// apply makes the host match the spec, and verifies it.
func (p program) apply(ctx context.Context, opts options) (int, error) {
	started, w := p.now(), host.NewWriter(opts.root, p.commands(opts.root))
	s, err := p.readSpec(opts, w)
	if err != nil {
		return exitError, err
	}
	if err := errors.Join(requirePackages(w, s), checkEnd(s.Until, p.now())); err != nil {
		return exitError, err
	}
	report := report{Command: "apply", Problems: []problem{}}
	if report.DataPath, err = requiredDataPath(ctx, w, s); err != nil {
		return exitError, err
	}
	release, err := p.lock(ctx, opts.root)
	if err != nil {
		return exitError, err
	}
	defer release() // on an error, the kernel releases it at exit
	report.Steps, err = p.converge(ctx, opts, w, s)
	if err != nil {
		return exitError, fmt.Errorf("%w; run apply again to continue from there", err)
	}
	// A power cut must undo nothing that apply reports as done. Files are synced when they
	// are written, but not removed files and the links of enabled units.
	if _, err := w.Run(ctx, "sync"); err != nil {
		return exitError, err
	}
	report.Problems, err = p.problems(ctx, w, s)
	if err != nil {
		return exitError, fmt.Errorf("verifying: %w", err)
	}
	printDataPath(p.progress(opts), report.DataPath)
	for _, problem := range report.Problems {
		printProblem(p.progress(opts), problem)
	}
	report.OK = len(report.Problems) == 0
	if err := p.finish(opts, report, started, report.summary()); err != nil || !report.OK {
		return exitError, err
	}
	return exitConverged, nil
}

// converge applies each step that differs. If it is cut off anywhere, the next
// run continues from there.
func (p program) converge(ctx context.Context, opts options, w host.Writer, s spec.Spec) ([]stepReport, error) {
	return walk(ctx, w, s, func(one step.Step, change step.Change) error {
		if !change.None() {
			if err := one.Apply(ctx, w); err != nil {
				return fmt.Errorf("applying %s: %w", one.Name(), err)
			}
		}
		printStep(p.progress(opts), "changed", stepReported(one, change))
		return nil
	})
}

// lock returns a function that releases the lock.
func (p program) lock(ctx context.Context, root string) (func() error, error) {
	ctx, cancel := context.WithTimeout(ctx, lockTimeout)
	defer cancel()
	return host.Lock(ctx, root)
}

// summary is the last line that apply prints, without the time.
func (r report) summary() string {
	verdict := "converged"
	if !r.OK {
		verdict = fmt.Sprintf("not converged, %s", count(len(r.Problems), "problem"))
	}
	return fmt.Sprintf("%s: %d of %d steps changed something", verdict, r.changes(), len(r.Steps))
}
