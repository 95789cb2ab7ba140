package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/link"
	"tripvpn/internal/outputs"
)

func TestAnOldProfileIsDue(t *testing.T) {
	now := time.Date(2026, 12, 1, 10, 0, 0, 0, time.UTC)
	all := outputs.Outputs{Profiles: map[string]string{"darrell": "0123456789abcdef"}}
	l := link.Link{Device: "darrell", Fingerprint: "0123456789abcdef", End: now.Add(time.Hour)}
	require.Equal(t, "works", stateOf(l, all, now))
	require.Equal(t, "ended", stateOf(l, all, l.End))
	l.Fingerprint = "fedcba9876543210"
	require.Equal(t, "works, but has an old profile", stateOf(l, all, now))
	l.Device = "lost"
	require.Equal(t, "works, but the device is no longer admitted", stateOf(l, all, now))
}
