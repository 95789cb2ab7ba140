package vpn

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/infra/config"
	"tripvpn/internal/docs"
	"tripvpn/internal/spec"
)

func TestWarningBeginsThirtyDaysBeforeTheEnd(t *testing.T) {
	end := time.Date(2027, 3, 31, 12, 0, 0, 0, time.UTC)
	at := func(left time.Duration) string { return endWarning("trip", "phone", end, end.Add(-left)) }
	require.Empty(t, at(spec.RenewalNotice+time.Second))
	require.Equal(t, `the certificate of client "phone" ends in 29 days, on 2027-03-31; renew it, and hand out the new profile: `+
		`pulumi up --replace '**::trip-client-phone'`, at(spec.RenewalNotice-time.Second))
	require.Contains(t, at(-time.Hour), `client "phone" ended on 2027-03-31; renew it`)
}

// The documented trip has the default name and the device darrell-phone.
func TestTheDocumentationHasTheWarningsCommand(t *testing.T) {
	text, err := docs.Guide(filepath.Join("..", ".."))
	require.NoError(t, err)
	require.Contains(t, text, "\n"+spec.RenewCommand(config.Defaults().Name, "darrell-phone")+"\n")
}

// The mocks' only certificate ends in 2030. Revoked clients cause no warning.
func TestUpdatesAndPreviewsWarnOfEnds(t *testing.T) {
	settings := map[string]any{"name": "darrell", "clients": []string{"laptop", "phone"}, "revoked": []string{"phone"}}
	for _, year := range []int{2029, 2031} {
		cloud, err := runProgram(t, false, settings, func(c *recorder) { c.now = time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC) })
		require.NoError(t, err)
		if year < 2030 {
			require.Empty(t, cloud.warnings)
			continue
		}
		require.Len(t, cloud.warnings, 1)
		require.Contains(t, cloud.warnings[0], "pulumi up --replace '**::darrell-client-laptop'")
	}
}
