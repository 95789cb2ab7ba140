package main

import (
	"context"
	"errors"
	"fmt"

	"tripvpn/bootstrap/host"
	"tripvpn/bootstrap/step"
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
	report := report{Command: "plan", Problems: []problem{}}
	if report.DataPath, err = requiredDataPath(ctx, r, s); err != nil {
		return exitError, err
	}
	report.Steps, err = walk(ctx, r, s, func(one step.Step, change step.Change) error {
		if !change.None() {
			printStep(p.progress(opts), "change", stepReported(one, change))
		}
		return nil
	})
	if err != nil {
		return exitError, err
	}
	printDataPath(p.progress(opts), report.DataPath)
	report.OK = report.changes() == 0
	err = p.finish(opts, report, started, fmt.Sprintf("%d of %d steps would change something", report.changes(), len(report.Steps)))
	if err != nil || report.OK {
		return exitConverged, err
	}
	return exitDiffers, nil
}

// requirePackages returns an error that names all missing packages.
func requirePackages(r host.Reader, s spec.Spec) error {
	programs := []struct{ path, name string }{
		{"/usr/sbin/iptables-restore", "iptables"},
		{"/usr/sbin/ip6tables-restore", "iptables"},
		{"/usr/bin/unattended-upgrade", "unattended-upgrades"},
	}
	if s.Identity != nil {
		programs = append(programs, struct{ path, name string }{"/usr/sbin/openvpn", "openvpn"})
	}
	var problems []error
	for _, program := range programs {
		found, err := host.Exists(r, program.path)
		if err == nil && !found {
			err = fmt.Errorf("%q is missing; run: apt-get install --no-install-recommends %s", program.path, program.name)
		}
		problems = append(problems, err)
	}
	return errors.Join(problems...)
}
