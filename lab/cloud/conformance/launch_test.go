package conformance

import (
	"bufio"
	"context"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/cloud/serve"
)

// launch starts a plugin as the engine does: the engine's address is its only
// argument, and the port it serves on is its first line of output. The plugin must
// have the stand-in's version: one on the PATH may have any.
func launch(t *testing.T, plugin serve.Plugin, path string) *provider {
	t.Helper()
	engine := newEngine(t)
	ctx, cancel := context.WithCancel(context.Background())
	child := exec.CommandContext(ctx, path, engine.address)
	child.WaitDelay = 10 * time.Second
	// An agent's keys would be offered besides those of the test.
	child.Env = append(child.Environ(), "SSH_AUTH_SOCK=")
	stdout, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	t.Cleanup(func() {
		cancel()
		_ = child.Wait()
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err, "reading the port of %s", path)
	provider := dial(t, plugin.Name, "127.0.0.1:"+strings.TrimSpace(line), engine)
	info, err := provider.client.GetPluginInfo(ctx, nil)
	require.NoError(t, err)
	require.Equal(t, plugin.Version, info.GetVersion(), "the version of %s: remove it from the PATH, or install the right one", path)
	provider.configure(t)
	return provider
}
