package report

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAReportGoesThroughSeveralProcesses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out", "demo.json")
	var said strings.Builder
	first, err := Begin(path, &said)
	require.NoError(t, err)
	require.NoError(t, first.Do("one", func() error { return nil }))

	second, err := Continue(path, &said)
	require.NoError(t, err)
	require.ErrorContains(t, second.Do("two", func() error { return errors.New("broken") }), "two: broken")
	require.NoError(t, second.Figure("up, seconds", 1.5))

	third, err := Continue(path, io.Discard)
	require.NoError(t, err)
	require.False(t, third.OK, "a run is not ok before it has ended")
	require.NoError(t, third.End(true))
	require.Equal(t, []bool{true, false}, []bool{third.Steps[0].OK, third.Steps[1].OK})
	require.Equal(t, 1.5, third.Figures["up, seconds"])
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Contains(t, string(text), `"ok": true,`)
	require.Contains(t, said.String(), "two: FAILED")
}
