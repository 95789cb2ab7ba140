package spec

import (
	"fmt"
	"time"
)

// RenewalNotice is how long before its end a certificate is warned of.
const RenewalNotice = 30 * 24 * time.Hour

// RenewCommand is what the operator types to give a client a new key and
// certificate, which changes its profile. It names the three resources by
// their common name, wherever they stand in the stack.
func RenewCommand(trip, client string) string {
	return fmt.Sprintf("pulumi up --replace '**::%s-client-%s'", trip, client)
}
