package spec

import (
	"fmt"
	"time"
)

// RenewalNotice is the time before a certificate's end at which warnings begin.
const RenewalNotice = 30 * 24 * time.Hour

// RenewCommand returns the operator's command that gives a client a new key and
// certificate, and thereby a new profile. It selects the three resources by the
// name that they share, wherever they are in the stack.
func RenewCommand(trip, client string) string {
	return fmt.Sprintf("pulumi up --replace '**::%s-client-%s'", trip, client)
}
