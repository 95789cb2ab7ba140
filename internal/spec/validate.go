package spec

import (
	"errors"
	"fmt"
)

// Validate returns all problems of the spec as one error, each with field, value
// (never a secret's), rule and fix. It uses no clock: the host checks whether
// certificates are in force.
func (s Spec) Validate() error {
	var problems []error
	if s.Version != Version {
		problems = append(problems, problem("version", s.Version, fmt.Sprintf("this host binary understands only version %d", Version),
			"deploy program and host binary from one checkout"))
	}
	if err := CheckTripName(s.Trip); err != nil {
		problems = append(problems, problem("trip", s.Trip, "it "+err.Error(), "use a short lower-case word"))
	}
	if err := CheckLogs(s.Logs); err != nil {
		problems = append(problems, problem("logs", s.Logs, "it "+err.Error(), "use week"))
	}
	problems = append(problems, s.Maintenance.validate(), validateListeners(s.Listeners))
	if s.Identity != nil {
		problems = append(problems, s.Identity.validate(), s.Identity.validateNumbers(s.Listeners))
	}
	return errors.Join(problems...)
}

// problem returns an error of one line: field, value, rule and fix.
func problem(field string, value any, rule, fix string) error {
	return fmt.Errorf("%s %q: %s; %s", field, fmt.Sprint(value), rule, fix)
}
