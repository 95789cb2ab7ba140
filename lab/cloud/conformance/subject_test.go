package conformance

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/testenv"
	"tripvpn/lab/cloud/serve"
)

// onBoth runs a test against a stand-in, and against the plugin that it stands
// in for if that is installed. Where it is not, the second half is skipped, even
// if the lab's tests are required: the lab does without. lab/check says so.
func onBoth(t *testing.T, plugin serve.Plugin, test func(*testing.T, *provider)) {
	t.Run("stand-in", func(t *testing.T) {
		test(t, standIn(t, plugin))
	})
	t.Run("real", func(t *testing.T) {
		test(t, launch(t, plugin.Name, installed(t, plugin)))
	})
}

// installed is the path of the real plugin.
func installed(t *testing.T, plugin serve.Plugin) string {
	t.Helper()
	path, ok := serve.Installed("", plugin.Name, plugin.Version)
	if !ok {
		testenv.Optional(t, fmt.Errorf("the real plugin of %s is not installed, and only its stand-in is tested: pulumi plugin install resource %s v%s",
			plugin.Name, plugin.Name, plugin.Version))
	}
	return path
}

// standIn serves a plugin as the lab does, and configures it.
func standIn(t *testing.T, plugin serve.Plugin) *provider {
	t.Helper()
	server, err := serve.Listen(plugin)
	require.NoError(t, err)
	t.Cleanup(server.Stop)
	engine := newEngine(t)
	provider := dial(t, plugin.Name, server.Address(), engine)
	provider.attach(t)
	provider.configure(t)
	return provider
}
