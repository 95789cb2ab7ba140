// Package golden compares what tests produce with files that are reviewed when
// they change.
package golden

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files instead of comparing with them")

// Require fails the test unless text is the content of testdata/NAME. With the
// flag -update, it writes that file first.
func Require(t testing.TB, name, text string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err, "to write it, run: make golden")
	require.Empty(t, cmp.Diff(string(want), text), "%s: if the change is intended, run: make golden", path)
}

var pemBlock = regexp.MustCompile(`-----BEGIN ([A-Za-z0-9 -]+?)-----[^-]+-----END [A-Za-z0-9 -]+?-----`)

// WithoutPEM replaces each PEM block with its type, "[PRIVATE KEY]": keys and
// certificates of tests are new in every run.
func WithoutPEM(text string) string { return pemBlock.ReplaceAllString(text, "[$1]") }
