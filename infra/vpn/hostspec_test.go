package vpn

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The order of the certificates must not change the spec.
func TestSerialNumbersAreSorted(t *testing.T) {
	end := time.Unix(1_900_000_000, 0)
	third, second := certificateOf(t, "phone", 3, end), certificateOf(t, "laptop", 2, end)
	serials, err := serialNumbers([]string{third, second})
	require.NoError(t, err)
	require.Equal(t, []string{"2", "3"}, serials)
	_, err = serialNumbers([]string{"no certificate"})
	require.ErrorContains(t, err, "revoking a certificate: ")
}
