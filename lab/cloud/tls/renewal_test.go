package tls

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestRenewalDue(t *testing.T) {
	end := time.Date(2030, 1, 2, 0, 0, 0, 0, time.UTC)
	state := CertificateState{ValidityEndTime: end.Format(time.RFC3339Nano)}
	early := 6
	args := CertificateArgs{ValidityPeriodHours: 24, EarlyRenewalHours: &early}

	require.False(t, args.renewalDue(state, end.Add(-6*time.Hour-time.Nanosecond)))
	require.True(t, args.renewalDue(state, end.Add(-6*time.Hour)), "at the very moment")
	require.True(t, args.renewalDue(state, end.Add(time.Hour)))
	require.False(t, args.renewalDue(CertificateState{}, end), "without an end it is not due")

	args.EarlyRenewalHours = nil
	require.False(t, args.renewalDue(state, end.Add(-time.Nanosecond)))
	require.True(t, args.renewalDue(state, end))
}
