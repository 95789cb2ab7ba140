package main

import (
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDescribeTellsTheCommitWhereItIsRecorded(t *testing.T) {
	info := &debug.BuildInfo{GoVersion: "go1.26.0", Settings: []debug.BuildSetting{
		{Key: "GOARCH", Value: "arm64"}, {Key: "GOOS", Value: "linux"},
	}}
	require.Equal(t, "go:     go1.26.0 linux/arm64\n", describe(info))
	info.Settings = append(info.Settings,
		debug.BuildSetting{Key: "vcs.revision", Value: "49f7be3"},
		debug.BuildSetting{Key: "vcs.time", Value: "2026-11-25T12:00:00Z"},
		debug.BuildSetting{Key: "vcs.modified", Value: "false"})
	require.Equal(t, "go:     go1.26.0 linux/arm64\ncommit: 49f7be3 2026-11-25T12:00:00Z\n", describe(info))
	info.Settings[4].Value = "true"
	require.Contains(t, describe(info), "commit: 49f7be3 2026-11-25T12:00:00Z and changes\n")
}
