package leftovers

import (
	"context"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/testenv"
)

func TestFindSeesProcesses(t *testing.T) {
	sleeper := exec.Command("sh", "-c", "read line", "/run/tripvpn-lab/test")
	input, err := sleeper.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, sleeper.Start())
	found, err := processes(context.Background())
	require.NoError(t, err)
	require.NotEmpty(t, find(found, "/run/tripvpn-lab/test"))

	require.NoError(t, input.Close())
	_ = sleeper.Wait()
	found, err = processes(context.Background())
	require.NoError(t, err)
	require.Empty(t, find(found, "/run/tripvpn-lab/test"))
}

func TestFindSeesNamespaces(t *testing.T) {
	testenv.RequireRoot(t)
	testenv.RequirePrograms(t, "ip")
	require.NoError(t, exec.Command("ip", "netns", "add", "tvl-leftover").Run())
	t.Cleanup(func() { _ = exec.Command("ip", "netns", "del", "tvl-leftover").Run() })
	found, err := namespaces(context.Background())
	require.NoError(t, err)
	require.NotEmpty(t, find(found, "tvl-leftover"))
	found, err = mounts(context.Background())
	require.NoError(t, err)
	require.NotEmpty(t, find(found, "tvl-leftover"))
}

func find(lines []string, part string) []string {
	var found []string
	for _, line := range lines {
		if strings.Contains(line, part) {
			found = append(found, line)
		}
	}
	return found
}
