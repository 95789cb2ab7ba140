package main

import (
	"context"
	"fmt"
	"strings"

	"tripvpn/bootstrap/host"
	"tripvpn/bootstrap/step"
	"tripvpn/internal/spec"
)

// verify proves that the host is what the spec says, or says everything that
// it is not.
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
	for _, problem := range problems {
		printProblem(p.progress(opts), problem)
	}
	summary := "verified"
	if len(problems) > 0 {
		summary = fmt.Sprintf("not verified: %d problems", len(problems))
	}
	report := report{Command: "verify", OK: len(problems) == 0, Steps: []stepReport{}, Problems: problems}
	if err := p.finish(opts, report, started, summary); err != nil || report.OK {
		return exitConverged, err
	}
	return exitDiffers, nil
}

// problems is what differs from the spec (files, unit enabled and active,
// firewall and NAT in both families, kernel settings, admitted clients), and
// every proof that does not hold.
func (p program) problems(ctx context.Context, r host.Reader, s spec.Spec) ([]problem, error) {
	steps, err := stepsFor(s)
	if err != nil {
		return nil, err
	}
	problems := []problem{}
	for _, one := range steps {
		change, err := one.Check(ctx, r)
		if err != nil {
			return nil, fmt.Errorf("checking %s: %w", one.Name(), err)
		}
		if !change.None() {
			problems = append(problems, problem{
				What: one.Name() + ": " + strings.Join(change.Reasons, "; "),
				Hint: hint(one),
			})
		}
	}
	if s.VPN == nil {
		return problems, nil
	}
	return append(problems, p.proofs(ctx, r, s)...), nil
}

// hint is what the operator can do about a step that differs.
func hint(s step.Step) string {
	if service, ok := s.(step.Service); ok {
		return readLog(service.Unit) + "; then run tripvpn-bootstrap apply"
	}
	return "run tripvpn-bootstrap apply; if it comes back, something else on this host changes it"
}

func readLog(unit string) string { return "read its log: journalctl -u " + unit }
