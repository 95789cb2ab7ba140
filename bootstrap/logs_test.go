package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/spec"
	"tripvpn/internal/spec/spectest"
)

// Without logs, those from before are deleted, and logins are not recorded either way.
func TestLogsFromBeforeAreDeleted(t *testing.T) {
	s, m := spectest.New(t).Spec(t, "laptop"), freshMachine(t)
	entries := func() int {
		found, err := os.ReadDir(filepath.Join(m.Root, journalDir))
		require.NoError(t, err)
		return len(found)
	}
	requireConverges(t, m, s)
	require.NotZero(t, entries())
	for _, logs := range []spec.Logs{spec.WeekOfLogs, spec.NoLogs} {
		s.Logs = logs
		requireConverges(t, m, s)
		record := filepath.Join(m.Root, loginRecords[0])
		require.NoError(t, os.Remove(record))
		require.NoError(t, os.WriteFile(record, []byte("198.51.100.2"), 0o600))
		code, stdout, _ := runOn(t, m, s, "verify")
		require.Equal(t, exitDiffers, code)
		require.Contains(t, stdout, "FAILED   tmpfiles "+loginsPath+": "+loginRecords[0]+" is a file\n")
		require.Contains(t, stdout, "not verified: 1 problem")
		requireConverges(t, m, s)
		content, err := os.ReadFile(record)
		require.NoError(t, err)
		require.Empty(t, content)
	}
	require.Zero(t, entries())

	// A program that still writes a journal is reported.
	require.NoError(t, os.WriteFile(filepath.Join(m.Root, journalDir, "system.journal"), nil, 0o600))
	code, stdout, _ := runOn(t, m, s, "verify")
	require.Equal(t, exitDiffers, code)
	require.Contains(t, stdout, "FAILED   nothing in "+journalDir+": has 1 entries\n")
}
