package config

import (
	"errors"
	"fmt"
	"strings"
)

// Problem is one thing that is wrong with the configuration, in the four parts
// that the operator needs to repair it.
type Problem struct {
	Key   string // without its namespace: "regions"
	Value string // as it was found there
	Rule  string // that the value breaks, as the end of a sentence: "is not …"
	Fix   string // what to do about it
}

// Error renders the four parts in one line.
func (p Problem) Error() string {
	return fmt.Sprintf("tripvpn:%s: %q %s; %s", p.Key, p.Value, p.Rule, p.Fix)
}

// Problems are everything that is wrong, in the order of the keys.
type Problems []Problem

// Add adds a problem, see Problem for the parts.
func (p *Problems) Add(key, value, rule, fix string) {
	*p = append(*p, Problem{key, value, rule, fix})
}

// Err returns nil if there are no problems, and otherwise one error that lists
// them all.
func (p Problems) Err() error {
	if len(p) == 0 {
		return nil
	}
	lines := []string{"the configuration cannot be used, and nothing was changed:"}
	for _, problem := range p {
		lines = append(lines, "  "+problem.Error())
	}
	return errors.New(strings.Join(lines, "\n"))
}
