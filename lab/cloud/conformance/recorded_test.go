package conformance

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"tripvpn/lab/cloud/serve"
)

var record = flag.Bool("record", false, "write the transcripts of the installed plugins anew")

// recorded is the file of a test's transcript.
func recorded(plugin serve.Plugin, test string) string {
	return filepath.Join("testdata", plugin.Name, test+".txt")
}

// requireRecorded wants a plugin to have answered as in its transcript. With the
// flag -record, it writes that first.
func requireRecorded(t *testing.T, plugin serve.Plugin, test, text string) {
	t.Helper()
	path := recorded(plugin, test)
	if *record {
		require.Empty(t, leaks(text), "nothing is written: a transcript must hold no key and no certificate")
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	require.Empty(t, cmp.Diff(readTranscript(t, path), text), "the plugin does not answer as in %s", path)
}

// requireConforming wants a stand-in to have answered as its plugin did in the
// transcript, except for the known differences.
func requireConforming(t *testing.T, plugin serve.Plugin, test, text string) {
	t.Helper()
	path := recorded(plugin, test)
	want := withoutDifferences(plugin.Name, readTranscript(t, path))
	require.Empty(t, cmp.Diff(want, withoutDifferences(plugin.Name, text)), "the stand-in does not answer as the plugin in %s", path)
}

func readTranscript(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err, "to write it, install the plugins and run: go test ./cloud/conformance -record")
	return string(text)
}

// A transcript holds no key and no certificate, is of the version that the
// stand-in declares, and belongs to a test.
func TestTranscripts(t *testing.T) {
	tests := ""
	sources, err := filepath.Glob("*_test.go")
	require.NoError(t, err)
	for _, source := range sources {
		text, err := os.ReadFile(source)
		require.NoError(t, err)
		tests += string(text)
	}
	for _, plugin := range []serve.Plugin{tlsPlugin, commandPlugin} {
		root := filepath.Join("testdata", plugin.Name)
		require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			text := readTranscript(t, path)
			require.Empty(t, leaks(text), "a key or a certificate in %s", path)
			require.True(t, strings.HasPrefix(text, plugin.Name+" "+plugin.Version+"\n"), "%s is of another version", path)

			name, err := filepath.Rel(root, path)
			name, _, _ = strings.Cut(strings.TrimSuffix(name, ".txt"), string(filepath.Separator))
			require.Contains(t, tests, "func "+name+"(t *testing.T)", "%s: there is no such test any more", path)
			return err
		}))
	}
}
