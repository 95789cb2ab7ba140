package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/testenv"
	"tripvpn/lab/page"
	"tripvpn/lab/repo"
)

// buildCommand builds the operator's command.
func buildCommand(program string) error {
	root, err := repo.Root()
	if err != nil {
		return err
	}
	build := exec.Command("go", "build", "-o", program, "./cmd/tripvpn")
	build.Dir = root
	build.Stderr = os.Stderr
	return build.Run()
}

// handsOver connects with the very file that the browser saved from the page that the
// real command wrote with the real CLI.
func (c *trip) handsOver(t *testing.T) {
	testenv.RequirePrograms(t, "chromium")
	folder := t.TempDir()
	program := filepath.Join(folder, "tripvpn")
	require.NoError(t, buildCommand(program))

	written := filepath.Join(folder, "darrell.html")
	observed := observe(t)
	output, err := c.stack.Command(t.Context(), program, "hand-over", "darrell", "--output", written, "--json").Output()
	observed.stop()
	require.NoError(t, err)
	var handed struct {
		Words       []string
		Fingerprint string
		Message     string
	}
	require.NoError(t, json.Unmarshal(output, &handed))
	require.Len(t, handed.Words, 6)
	require.Equal(t, c.fingerprints(t)["darrell"], handed.Fingerprint)
	html, err := os.ReadFile(written)
	require.NoError(t, err)
	words := strings.Join(handed.Words, " ")
	require.Contains(t, observed.String(), "stack output --json", "the observer must see the CLI")
	for where, text := range map[string]string{"arguments": observed.String(), "the page": string(html), "the message": handed.Message} {
		c.needles.requireNone(t, where, text)
		require.False(t, strings.Contains(text, words), "the words are in %s", where) // without printing them
	}

	name, saved, err := page.Hand(within(t, time.Minute), written, words, folder)
	require.NoError(t, err)
	require.Equal(t, "darrell.ovpn", name)
	require.NoError(t, c.traveller.Place(t.Context(), profilePath, saved))
	session, err := c.traveller.Connect(profilePath)
	require.NoError(t, err)
	require.NoError(t, session.AwaitConnected(within(t, 30*time.Second)))
	c.seesTheServer(t)
	require.NoError(t, session.Disconnect(within(t, 20*time.Second)))
}
