package config

import (
	"errors"
	"fmt"
	"strings"
)

// Problem is one error in the configuration, in the four parts that the operator
// needs to fix it.
type Problem struct {
	Key   string // without its namespace: "regions"
	Value string // as configured
	Rule  string // the rule that the value breaks, as the end of a sentence: "is not …"
	Fix   string // the remedy, as an imperative
}

// Error returns the four parts as one line.
func (p Problem) Error() string {
	return fmt.Sprintf("tripvpn:%s: %q %s; %s", p.Key, p.Value, p.Rule, p.Fix)
}

// Problems are all errors in the configuration, in the order of the checks.
type Problems []Problem

// Add appends a problem; Problem describes the parts.
func (p *Problems) Add(key, value, rule, fix string) {
	*p = append(*p, Problem{key, value, rule, fix})
}

// Err returns one error that lists all problems, or nil if there are none.
func (p Problems) Err() error {
	if len(p) == 0 {
		return nil
	}
	lines := []string{"the configuration is invalid, and nothing was changed:"}
	for _, problem := range p {
		lines = append(lines, "  "+problem.Error())
	}
	return errors.New(strings.Join(lines, "\n"))
}
