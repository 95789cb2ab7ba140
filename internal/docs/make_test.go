package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	makeTarget    = regexp.MustCompile(`(?m)^([a-z0-9]+):.* ## `)
	documentedRow = regexp.MustCompile("(?m)^\\| `make ([a-z0-9]+)` \\|")
)

func TestContributingListsTheMakeTargets(t *testing.T) {
	names := func(file string, pattern *regexp.Regexp) []string {
		text, err := os.ReadFile(filepath.Join(root, file))
		require.NoError(t, err)
		var all []string
		for _, match := range pattern.FindAllStringSubmatch(string(text), -1) {
			all = append(all, match[1])
		}
		require.NotEmpty(t, all, file)
		return all
	}
	require.ElementsMatch(t, names("Makefile", makeTarget), names("CONTRIBUTING.md", documentedRow))
}
