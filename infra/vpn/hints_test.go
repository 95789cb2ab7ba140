package vpn

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/infra/config"
	"tripvpn/internal/golden"
)

func TestHintsGolden(t *testing.T) {
	c := config.Config{Name: "trip", InstanceType: "t4g.nano", Architecture: config.ARM64, Zones: []string{"eu-west-1a"}}
	region := Region{Code: "us-east-1", Zone: "us-east-1b", Offering: []string{"us-east-1a", "us-east-1b", "us-east-1c"}}
	var lines strings.Builder
	for _, h := range hints {
		fmt.Fprintf(&lines, "%s\n  %s\n", h.words, hintFor("creating EC2 Something: api error "+h.words+": …", c, region))
	}
	golden.Require(t, "hints.golden", lines.String())
	require.Empty(t, hintFor("api error RequestLimitExceeded: …", c, region))
}

// The page has a row for each hint, under the same words.
func TestEachHintIsDocumented(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "aws.md"))
	require.NoError(t, err)
	_, table, found := strings.Cut(string(page), "## When AWS refuses")
	require.True(t, found)
	for _, h := range hints {
		require.Contains(t, table, "`"+h.words+"`")
	}
}
