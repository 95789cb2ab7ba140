package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/testenv"
	"tripvpn/lab/cloud/s3/gateway"
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

// lends lends the page by a link, with the real AWS SDK and a real S3 server.
func (c *trip) lends(t *testing.T) {
	testenv.RequirePrograms(t, "chromium")
	g, err := gateway.Start(t.Context(), c.world.Objects, region)
	require.NoError(t, err)
	defer g.Close()
	folder := t.TempDir()
	program := filepath.Join(folder, "tripvpn")
	require.NoError(t, buildCommand(program))
	handOver := func(args ...string) []byte {
		command := c.stack.Command(t.Context(), append([]string{program, "hand-over"}, args...)...)
		command.Env = append(command.Env, g.Environment()...)
		output, err := command.Output()
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
			t.Fatalf("%v: %s", err, exit.Stderr)
		}
		require.NoError(t, err)
		return output
	}

	observed := observe(t)
	output := handOver("darrell", "--link", "--for", "1h", "--json")
	observed.stop()
	var lent struct{ Address, Fingerprint string }
	require.NoError(t, json.Unmarshal(output, &lent))
	address, key, _ := strings.Cut(lent.Address, "#")
	require.Len(t, key, 43, "256 bits in base64url")

	name, saved, requests, err := page.Tap(within(t, time.Minute), lent.Address, folder)
	require.NoError(t, err)
	require.Equal(t, "darrell.ovpn", name)
	require.True(t, bytes.Equal([]byte(c.profile), bytes.TrimSuffix(saved, []byte("\n"))), "the saved file is the profile")
	require.Equal(t, []string{"GET " + address}, requests)

	state, err := c.stack.Decrypted(t.Context())
	require.NoError(t, err)
	for where, text := range map[string]string{"a process's arguments or environment": observed.String(), "the server's log": g.Log(), "the state": string(state)} {
		require.False(t, strings.Contains(text, key), "the key is in %s", where)
	}
	require.Contains(t, g.Log(), "GET")

	var links []struct{ Device, Fingerprint, State string }
	require.NoError(t, json.Unmarshal(handOver("--list", "--json"), &links))
	require.Equal(t, []struct{ Device, Fingerprint, State string }{{"darrell", lent.Fingerprint, "works"}}, links)
	handOver("darrell", "--withdraw")
	response, err := http.Get(address)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusNotFound, response.StatusCode)

	// This page is in the bucket when the stack is destroyed.
	handOver("darrell", "--link", "--json")
}
