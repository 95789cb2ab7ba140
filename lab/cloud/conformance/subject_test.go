package conformance

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/cloud/serve"
)

// onBoth runs a test against a stand-in, and against the plugin that it stands
// in for if that is installed. The answers of both must be those in the test's
// transcript of the plugin, so that the stand-in is held to the plugin on every
// machine.
func onBoth(t *testing.T, plugin serve.Plugin, test func(*testing.T, *provider)) {
	name := t.Name()
	path, installed := serve.Installed("", plugin.Name, plugin.Version)
	if installed {
		t.Run("plugin", func(t *testing.T) {
			p := launch(t, plugin, path)
			test(t, p)
			requireRecorded(t, plugin, name, p.transcript.text(plugin))
		})
	} else {
		require.False(t, *record, "recording requires the plugin: pulumi plugin install resource %s v%s", plugin.Name, plugin.Version)
	}
	t.Run("stand-in", func(t *testing.T) {
		p := standIn(t, plugin)
		test(t, p)
		requireConforming(t, plugin, name, p.transcript.text(plugin))
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
