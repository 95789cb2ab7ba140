package vpn

import (
	"fmt"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"tripvpn/internal/spec"
)

// WarnOfEnds logs, in every preview and update, which clients' certificates end
// soon and the commands that renew them. It changes nothing. Nothing waits for
// it, so its errors are lost; an unreadable certificate also fails the host's
// spec.
func WarnOfEnds(ctx *pulumi.Context, trip string, clients []Leaf, now time.Time) {
	for _, client := range clients {
		client.Certificate.ApplyT(func(certificate string) (bool, error) {
			end, err := endOf(certificate)
			if err != nil {
				return false, err
			}
			warning := endWarning(trip, client.Name, end, now)
			if warning == "" {
				return false, nil
			}
			return true, ctx.Log.Warn(warning, nil)
		})
	}
}

// endWarning returns a warning, or "" if more than spec.RenewalNotice is left.
func endWarning(trip, client string, end, now time.Time) string {
	left := end.Sub(now)
	if left > spec.RenewalNotice {
		return ""
	}
	ends := fmt.Sprintf("ends in %d days, on %s", int(left.Hours()/day), end.Format("2006-01-02"))
	if left <= 0 {
		ends = "ended on " + end.Format("2006-01-02")
	}
	return fmt.Sprintf("the certificate of client %q %s; renew it, and hand out the new profile: %s",
		client, ends, spec.RenewCommand(trip, client))
}
