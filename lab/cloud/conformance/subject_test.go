package conformance

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/cloud/serve"
)

// onBoth runs a test against a stand-in, and against the plugin that it stands
// in for if that is installed. Where it is not, the second half is skipped, even
// if the lab's tests are required: the lab does without.
func onBoth(t *testing.T, plugin serve.Plugin, test func(*testing.T, *provider)) {
	t.Run("stand-in", func(t *testing.T) {
		test(t, standIn(t, plugin))
	})
	t.Run("real", func(t *testing.T) {
		path, ok := serve.Installed("", plugin.Name, plugin.Version)
		if !ok {
			t.Skipf("the %s plugin is not installed: pulumi plugin install resource %s v%s", plugin.Name, plugin.Name, plugin.Version)
		}
		test(t, launch(t, plugin.Name, path))
	})
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
