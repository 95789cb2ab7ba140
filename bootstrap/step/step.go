// Package step describes what a host should be, one type a file. A step finds
// what is there, tells the difference, and makes it so. It does not know why:
// that is in the list of steps. A step that was interrupted is repaired by
// checking and applying it again.
package step

import (
	"context"

	"tripvpn/bootstrap/host"
)

// Step is one piece of a host's desired state.
type Step interface {
	// Name says for humans which piece it is.
	Name() string
	// Check finds out what Apply would change. It changes nothing.
	Check(ctx context.Context, r host.Reader) (Change, error)
	// Apply makes the change that Check found.
	Apply(ctx context.Context, w host.Writer) error
}

// Change is what is to be done, for humans to read. It holds no secret. The
// zero value is no change.
type Change struct {
	Reasons []string // what differs, one thing each
	Diff    []string // lines of a file: "-old", "+new"
}

// None says that there is nothing to do.
func (c Change) None() bool { return len(c.Reasons) == 0 }

// add appends a reason if it holds.
func (c *Change) add(holds bool, reason string) {
	if holds {
		c.Reasons = append(c.Reasons, reason)
	}
}
