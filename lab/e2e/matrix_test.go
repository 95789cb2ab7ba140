package e2e

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/golden"
	"tripvpn/lab/repo"
)

// outcome is how a client connected.
type outcome struct {
	transport string        // "UDP" or "TCP"
	page      time.Duration // from the client's start to the first page
}

func (o outcome) String() string { return fmt.Sprintf("%s, %.1f s", o.transport, o.page.Seconds()) }

// matrix renders how each client connected to each server, as the table of
// docs/clients.md.
func matrix(kinds []*kind) string {
	header := []string{"client", "system"}
	for _, s := range servers {
		header = append(header, s.name)
	}
	var table strings.Builder
	row := func(cells []string) { fmt.Fprintf(&table, "| %s |\n", strings.Join(cells, " | ")) }
	row(header)
	row(slices.Repeat([]string{"---"}, len(header)))
	for _, k := range kinds {
		cells := []string{k.client, k.system}
		for _, o := range k.outcomes {
			cells = append(cells, o.String())
		}
		row(cells)
	}
	return table.String()
}

var (
	seconds = regexp.MustCompile(`, \d+\.\d s`)
	patch   = regexp.MustCompile(`(\d+\.\d+)\.\d+`)
)

// essence is a matrix without seconds and patch versions, which differ from run to run
// and from month to month.
func essence(matrix string) string {
	return patch.ReplaceAllString(seconds.ReplaceAllString(matrix, ""), "$1")
}

func TestEssence(t *testing.T) {
	kinds := func(client, transport string, page time.Duration) []*kind {
		return []*kind{{client: client, system: "Debian 13", outcomes: []outcome{{transport, page}}}}
	}
	before := essence(matrix(kinds("OpenVPN 2.6.14", "UDP", time.Second)))
	require.Equal(t, before, essence(matrix(kinds("OpenVPN 2.6.15", "UDP", 12*time.Second))))
	require.NotEqual(t, before, essence(matrix(kinds("OpenVPN 2.7.14", "UDP", time.Second))))
	require.NotEqual(t, before, essence(matrix(kinds("OpenVPN 2.6.14", "TCP", time.Second))))
}

// isDocumented compares the matrix with docs/clients.md.
func (e *everyClient) isDocumented(t *testing.T) {
	root, err := repo.Root()
	require.NoError(t, err)
	golden.RequireSection(t, filepath.Join(root, "docs", "clients.md"), "clients", matrix(e.kinds), essence)
}
