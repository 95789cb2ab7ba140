package vpn

import (
	"errors"
	"fmt"
	"strings"
)

// Problem is one thing that is wrong with the configuration, in the four
// parts that the operator needs to mend it.
type Problem struct {
	Key   string // the key without its namespace: "regions"
	Value string // what was found there
	Rule  string // what is asked of it, as a sentence's end: "is not …"
	Fix   string // what to do about it
}

// Error renders the four parts in one line.
func (p Problem) Error() string {
	return fmt.Sprintf("tripvpn:%s: %q %s; %s", p.Key, p.Value, p.Rule, p.Fix)
}

// Problems are all that is wrong, in the order of the keys.
type Problems []Problem

// Err returns nil when there are none, and else one error that lists them all.
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
