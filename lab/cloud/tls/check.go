package tls

import (
	"fmt"
	"slices"

	p "github.com/pulumi/pulumi-go-provider"
)

// checks collects the failures of inputs.
type checks struct{ failures []p.CheckFailure }

func (c *checks) fail(property, reason string, args ...any) {
	c.failures = append(c.failures, p.CheckFailure{Property: property, Reason: fmt.Sprintf(reason, args...)})
}

// oneOf requires a supported value. An empty one is a value that is not
// known yet, or the zero value of an input that is missing, which is refused
// before.
func (c *checks) oneOf(property, value string, supported ...string) {
	if value != "" && !slices.Contains(supported, value) {
		c.fail(property, "%s must be one of: %q for the stand-in for the tls plugin, got: %q", property, supported, value)
	}
}

func (c *checks) atLeast(property string, value, least int) {
	if value < least {
		c.fail(property, "%s must be at least %d, got: %d", property, least, value)
	}
}
