package main

import (
	"context"
	"errors"
	"fmt"

	"tripvpn/bootstrap/host"
	"tripvpn/internal/spec"
)

// plan lists what apply would change.
func (p program) plan(ctx context.Context, opts options) (int, error) {
	started, r := p.now(), host.NewReader(opts.root, p.commands(opts.root))
	s, err := p.readSpec(opts, r)
	if err != nil {
		return exitError, err
	}
	if err := requirePackages(r, s); err != nil {
		return exitError, err
	}
	steps, err := stepsFor(s)
	if err != nil {
		return exitError, err
	}
	report, pending := report{Command: "plan", Steps: []stepReport{}, Problems: []problem{}}, 0
	for _, step := range steps {
		change, err := step.Check(ctx, r)
		if err != nil {
			return exitError, fmt.Errorf("checking %s: %w", step.Name(), err)
		}
		reported := stepReported(step, change)
		report.Steps = append(report.Steps, reported)
		if reported.Change {
			pending++
			printStep(p.progress(opts), "change", reported)
		}
	}
	report.OK = pending == 0
	err = p.finish(opts, report, started, fmt.Sprintf("%d of %d steps would change something", pending, len(steps)))
	if err != nil || report.OK {
		return exitConverged, err
	}
	return exitDiffers, nil
}

// requirePackages says which package is not installed, before anything is
// tried with it.
func requirePackages(r host.Reader, s spec.Spec) error {
	programs := []struct{ path, name string }{
		{"/usr/sbin/iptables-restore", "iptables"},
		{"/usr/sbin/ip6tables-restore", "iptables"},
	}
	if s.VPN != nil {
		programs = append(programs, struct{ path, name string }{"/usr/sbin/openvpn", "openvpn"})
	}
	var problems []error
	for _, program := range programs {
		found, err := host.Exists(r, program.path)
		if err == nil && !found {
			err = fmt.Errorf("there is no %q; run: apt-get install --no-install-recommends %s", program.path, program.name)
		}
		problems = append(problems, err)
	}
	return errors.Join(problems...)
}
