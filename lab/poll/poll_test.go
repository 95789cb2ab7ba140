package poll_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/poll"
)

func TestUntil(t *testing.T) {
	asked := 0
	third := func() (bool, error) { asked++; return asked == 3, nil }
	require.NoError(t, poll.Until(t.Context(), time.Nanosecond, third))
	require.Equal(t, 3, asked)

	failure := errors.New("the check failed")
	require.Equal(t, failure, poll.Until(t.Context(), time.Hour, func() (bool, error) { return false, failure }))
	require.NoError(t, poll.Until(t.Context(), time.Hour, func() (bool, error) { return true, failure }), "done is done")

	ctx, cancel := context.WithCancel(t.Context())
	err := poll.Until(ctx, time.Hour, func() (bool, error) { cancel(); return false, nil })
	require.ErrorIs(t, err, context.Canceled)
}
