package main

import (
	"context"
	"strings"

	"tripvpn/bootstrap/host"
	"tripvpn/bootstrap/step"
	"tripvpn/internal/spec"
)

// verify checks that the host matches the spec and works, and reports every
// problem.
func (p program) verify(ctx context.Context, opts options) (int, error) {
	started, r := p.now(), host.NewReader(opts.root, p.commands(opts.root))
	s, err := p.readSpec(opts, r)
	if err != nil {
		return exitError, err
	}
	if err := requirePackages(r, s); err != nil {
		return exitError, err
	}
	problems, err := p.problems(ctx, r, s)
	if err != nil {
		return exitError, err
	}
	problems = append(problems, pendingUpdates(ctx, r, s)...)
	problems = append(problems, p.lowSpace(opts.root)...)
	required, _ := requiredDataPath(ctx, r, s) // its error is among the problems
	printDataPath(p.progress(opts), required)
	for _, problem := range problems {
		printProblem(p.progress(opts), problem)
	}
	summary := "verified"
	if len(problems) > 0 {
		summary = "not verified: " + count(len(problems), "problem")
	}
	report := report{Command: "verify", OK: len(problems) == 0, Steps: []stepReport{}, Problems: problems, DataPath: required}
	if err := p.finish(opts, report, started, summary); err != nil || report.OK {
		return exitConverged, err
	}
	return exitDiffers, nil
}

// problems returns the differences from the spec (files, units enabled and active,
// firewall and NAT in both families, kernel settings, admitted clients), and the failed
// checks.
func (p program) problems(ctx context.Context, r host.Reader, s spec.Spec) ([]problem, error) {
	problems := []problem{}
	_, err := walk(ctx, r, s, func(one step.Step, change step.Change) error {
		if !change.None() {
			problems = append(problems, problem{
				What: one.Name() + ": " + strings.Join(change.Reasons, "; "),
				Hint: hint(one),
			})
		}
		return nil
	})
	if err != nil || s.Identity == nil {
		return problems, err
	}
	return append(problems, p.checks(ctx, r, s)...), nil
}

// hint returns the remedy for a step that differs.
func hint(s step.Step) string {
	if service, ok := s.(step.Service); ok {
		return readLog(service.Unit) + "; then run tripvpn-bootstrap apply"
	}
	return "run tripvpn-bootstrap apply; if the problem returns, another program on this host causes it"
}

func readLog(unit string) string { return "read its log: journalctl -u " + unit }
