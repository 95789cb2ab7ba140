package main

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/fabric/operator/labtest"
	"tripvpn/lab/leftovers"
	"tripvpn/lab/repo"
	"tripvpn/lab/report"
	"tripvpn/lab/site"
)

// The demo is its own process, so these tests run outside the lab and start the
// real command.

// TestDemoComesBackAfterItWasKilled kills a demo halfway, when machines and
// networks exist. The next demo must work and leave nothing.
func TestDemoComesBackAfterItWasKilled(t *testing.T) {
	labtest.Possible(t, site.Missing())
	program := filepath.Join(t.TempDir(), "lab")
	output, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput()
	require.NoError(t, err, "%s", output)

	killed := exec.Command(program, "demo")
	said, err := killed.StdoutPipe()
	require.NoError(t, err)
	killed.Stderr = os.Stderr
	require.NoError(t, killed.Start())
	lines := bufio.NewScanner(said)
	for reached := false; !reached; {
		require.True(t, lines.Scan(), "the demo ended before the traveller connected")
		reached = strings.HasPrefix(lines.Text(), "connect the traveller")
	}
	require.NoError(t, killed.Process.Signal(syscall.SIGKILL))
	require.Error(t, killed.Wait())
	require.False(t, readReport(t).OK, "a killed demo is not a success")

	output, err = exec.Command(program, "demo").CombinedOutput()
	require.NoError(t, err, "%s", output)
	told := readReport(t)
	require.True(t, told.OK)
	require.Greater(t, len(told.Steps), 8)
	for _, step := range told.Steps {
		require.True(t, step.OK, step.Name)
		require.Contains(t, string(output), step.Name+" …\n")
	}
	left, err := leftovers.Find(t.Context())
	require.NoError(t, err)
	require.Empty(t, left)
}

func readReport(t *testing.T) report.Report {
	t.Helper()
	root, err := repo.Root()
	require.NoError(t, err)
	text, err := os.ReadFile(run{root: root}.reportPath())
	require.NoError(t, err)
	var told report.Report
	require.NoError(t, json.Unmarshal(text, &told))
	return told
}

func TestUnknownCommandsExplainTheCommands(t *testing.T) {
	program := filepath.Join(t.TempDir(), "lab")
	output, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput()
	require.NoError(t, err, "%s", output)
	for _, arguments := range [][]string{nil, {"fly"}} {
		output, err := exec.Command(program, arguments...).CombinedOutput()
		var exit *exec.ExitError
		require.ErrorAs(t, err, &exit)
		require.Equal(t, 64, exit.ExitCode())
		require.Contains(t, string(output), "usage: lab COMMAND")
	}
}
