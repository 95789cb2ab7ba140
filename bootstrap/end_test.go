package main

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestPastEndIsRejectedBeforeAnyChange(t *testing.T) {
	s := variants(t)[6]
	require.False(t, s.Until.IsZero())
	m := freshMachine(t)
	before := m.Text()
	data, err := s.Encode()
	require.NoError(t, err)
	p := on(m)
	p.stdin, p.now = bytes.NewReader(data), func() time.Time { return s.Until }
	require.Equal(t, exitError, p.run(context.Background(), []string{"apply", "-spec", "-", "-root", m.Root}))
	require.Contains(t, p.stderr.(*bytes.Buffer).String(), "the trip ended at "+s.Until.Format(time.RFC3339))
	require.Equal(t, before, m.Text())

	requireConverges(t, m, s)
	require.Empty(t, checksAt(m, s, s.Until.Add(-time.Second)))
	require.Contains(t, checksAt(m, s, s.Until)[0], "this host should have terminated itself")
}

// The end is scheduled before anything else, also with a spec of only the network. So a
// host whose setup fails also ends.
func TestTheEndComesFirst(t *testing.T) {
	s := variants(t)[6]
	s.Identity = nil
	m := freshMachine(t)
	requireConverges(t, m, s)
	require.True(t, m.Runs(endTimer))
	steps, err := stepsFor(s)
	require.NoError(t, err)
	end, err := endSteps(s.Until)
	require.NoError(t, err)
	require.Equal(t, end, steps[:len(end)])
}
