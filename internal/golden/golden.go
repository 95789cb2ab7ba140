// Package golden compares what tests produce with files that are reviewed when
// they change.
package golden

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
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

// RequireSection fails the test unless the file has a text between the lines
// "<!-- begin NAME -->" and "<!-- end NAME -->". It compares what essence keeps of the
// two. With the flag -update, it writes the text first.
func RequireSection(t testing.TB, path, name, text string, essence func(string) string) {
	t.Helper()
	file, err := os.ReadFile(path)
	require.NoError(t, err)
	head, rest, begins := strings.Cut(string(file), "<!-- begin "+name+" -->\n")
	present, tail, ends := strings.Cut(rest, "<!-- end "+name+" -->\n")
	require.True(t, begins && ends, "%s must have the section %q", path, name)
	if *update {
		present = text
		whole := head + "<!-- begin " + name + " -->\n" + text + "<!-- end " + name + " -->\n" + tail
		require.NoError(t, os.WriteFile(path, []byte(whole), 0o644))
	}
	require.Empty(t, cmp.Diff(essence(present), essence(text)), "the section %q of %s", name, path)
}

var pemBlock = regexp.MustCompile(`-----BEGIN ([A-Za-z0-9 -]+?)-----[^-]+-----END [A-Za-z0-9 -]+?-----`)

// WithoutPEM replaces each PEM block with its type, "[PRIVATE KEY]": keys and
// certificates of tests are new in every run.
func WithoutPEM(text string) string { return pemBlock.ReplaceAllString(text, "[$1]") }
