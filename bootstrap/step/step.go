// Package step describes a host's desired state, with one type in each file. A step
// compares the host with its piece of that state, and changes the host to match. It
// does not know the reason, which is in the list of steps. To repair an interrupted
// step, check and apply it again.
package step

import (
	"context"

	"tripvpn/bootstrap/host"
)

// Step is one piece of a host's desired state.
type Step interface {
	// Name is the piece's name, for humans.
	Name() string
	// Check returns what Apply would change. It changes nothing.
	Check(ctx context.Context, r host.Reader) (Change, error)
	// Apply makes the change that Check found.
	Apply(ctx context.Context, w host.Writer) error
}

// Change is the change that a step makes, for humans. It contains no secret. The zero
// value is no change.
type Change struct {
	Reasons []string // one difference each
	Diff    []string // lines of a file: "-old", "+new"
}

// None reports whether there is nothing to do.
func (c Change) None() bool { return len(c.Reasons) == 0 }

// add appends reason if holds is true.
func (c *Change) add(holds bool, reason string) {
	if holds {
		c.Reasons = append(c.Reasons, reason)
	}
}
