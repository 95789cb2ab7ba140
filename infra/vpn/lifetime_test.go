package vpn

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// At the start of an update, an issuer that signs in it is not due for renewal.
// So it is enough that an issuer that is not due outlives what it signs by more
// than the duration of an update.
func TestNothingOutlivesItsIssuer(t *testing.T) {
	const update = 12 // hours
	require.Greater(t, intermediateRenewalHours, leafHours+update)
	require.Greater(t, rootRenewalHours, intermediateHours+update)
	require.Less(t, intermediateRenewalHours, intermediateHours, "a new one must not be due immediately")
	require.Less(t, rootRenewalHours, rootHours)
	require.Less(t, serverRenewalHours, leafHours)
}

func TestALeafThatOutlivesItsIssuerIsRefused(t *testing.T) {
	i := issuers(t)["ECDSA"]
	issuer := certificatePEM(i.certificate)
	require.NoError(t, checkLifetime(i.leaf(t, 2, i.certificate.NotAfter), issuer))
	err := checkLifetime(i.leaf(t, 2, i.certificate.NotAfter.Add(time.Second)), issuer)
	require.ErrorContains(t, err, `checking the certificate of "leaf": it ends on 2030-03-17T17:46:41Z, after its issuer "issuer"`)
	require.ErrorContains(t, checkLifetime("", issuer), "no PEM block of type")
}
