package cli

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAtLeast(t *testing.T) {
	for version, want := range map[string]bool{
		"v3.259.0": true, "v3.259.1": true, "v4.0.0": true, "v3.1000.0": true,
		"v3.258.9": false, "v2.999.999": false, "v3.259.0-alpha.1": false, "": false, "3.259.0": false,
	} {
		require.Equal(t, want, atLeast(version, "v3.259.0"), version)
	}
}

func TestTheModuleNamesTheSameVersion(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "go.mod"))
	require.NoError(t, err)
	require.Contains(t, string(text), module+"/pkg/v3 "+Version)
}
