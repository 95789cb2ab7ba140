package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/golden"
	"tripvpn/lab/repo"
)

// proof is a row of the tables in docs/faults.md: a fault or an intruder, the outcome, and
// the part of a test that shows it, "TestTrip/a chapter/a part".
type proof struct{ event, outcome, test string }

// shown has the parts of tests that have passed, by their paths.
var shown sync.Map

// part runs a part of a test, and remembers that it has passed.
func part(t *testing.T, name string, test func(*testing.T)) bool {
	passed := t.Run(name, test)
	if passed {
		shown.Store(rewritten(t.Name()+"/"+name), true)
	}
	return passed
}

// rewritten is a path as the package testing spells it.
func rewritten(path string) string { return strings.ReplaceAll(path, " ", "_") }

// requireProofs requires that each row that cites a test cites a part of it that has
// passed.
func requireProofs(t *testing.T) {
	t.Helper()
	for _, p := range append(faults, intruders...) {
		path := rewritten(p.test)
		if strings.HasPrefix(path, t.Name()+"/") {
			_, passed := shown.Load(path)
			require.True(t, passed, "docs/faults.md cites %q, and no such part has passed", p.test)
		}
	}
}

// table renders rows for the documentation.
func table(first string, rows []proof) string {
	var text strings.Builder
	fmt.Fprintf(&text, "| %s | outcome | test |\n| --- | --- | --- |\n", first)
	for _, row := range rows {
		fmt.Fprintf(&text, "| %s | %s | %s |\n", row.event, row.outcome, strings.ReplaceAll(row.test, "/", ": "))
	}
	return text.String()
}

func TestFaultsAndIntrudersAreDocumented(t *testing.T) {
	root, err := repo.Root()
	require.NoError(t, err)
	same := func(text string) string { return text }
	path := filepath.Join(root, "docs", "faults.md")
	golden.RequireSection(t, path, "faults", table("fault", faults), same)
	golden.RequireSection(t, path, "intruders", table("intruder", intruders), same)
}
