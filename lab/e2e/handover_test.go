package e2e

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/docs"
	"tripvpn/internal/testenv"
	"tripvpn/lab/cloud/s3/gateway"
	"tripvpn/lab/page"
	"tripvpn/lab/repo"
)

var (
	// handOverBlock matches the documented commands that hand a device over.
	handOverBlock = regexp.MustCompile("(?s)<!-- lab: (hand over|lend|one tap|withdraw) -->\n```sh\n(.*?)```")

	// sixWords are the words on the operator's terminal.
	sixWords = regexp.MustCompile(`(?m)^ {4}((?:[a-z-]+ ){5}[a-z-]+)$`)

	// linkInMessage is the address of a page in a message.
	linkInMessage = regexp.MustCompile(`(?m)^https?://\S+#\S+$`)
)

// buildCommand builds the operator's command. The first time, go may download modules.
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

// hands runs documented commands, verbatim, as the operator does: in a checkout, with the
// real CLI. It returns what they print.
func (c *trip) hands(t *testing.T, name string, environment ...string) (stdout, stderr string) {
	t.Helper()
	root, err := repo.Root()
	require.NoError(t, err)
	text, err := docs.Guide(root)
	require.NoError(t, err)
	scripts := map[string]string{}
	for _, block := range handOverBlock.FindAllStringSubmatch(text, -1) {
		scripts[block[1]] = block[2]
	}
	require.Contains(t, scripts, name)
	command := c.stack.Command(t.Context(), "bash", "-euo", "pipefail", "-c", scripts[name])
	checkOut(t, root, command.Dir)
	command.Env = append(command.Env, environment...)
	var printed, said bytes.Buffer
	command.Stdout, command.Stderr = &printed, &said
	require.NoError(t, command.Run(), "%s", &said)
	return printed.String(), said.String()
}

// checkOut copies the main module of the checkout, unless it is there.
func checkOut(t *testing.T, root, folder string) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
		return
	}
	for _, name := range []string{"bootstrap", "cmd", "infra", "internal", "templates"} {
		require.NoError(t, os.CopyFS(filepath.Join(folder, name), os.DirFS(filepath.Join(root, name))))
	}
	for _, name := range []string{"go.sum", "go.mod"} {
		copyFile(t, filepath.Join(root, name), filepath.Join(folder, name))
	}
}

// handsOver connects with the very file that the browser saved from the page that the
// README's command wrote.
func (c *trip) handsOver(t *testing.T) {
	testenv.RequirePrograms(t, "chromium")
	observed := observe(t)
	message, terminal := c.hands(t, "hand over")
	observed.stop()
	found := sixWords.FindStringSubmatch(terminal)
	require.NotNil(t, found, "the terminal shows six words")
	words := found[1]
	require.Contains(t, terminal, c.fingerprint(t, "darrell-phone"))
	written := filepath.Join(c.stack.Command(t.Context()).Dir, "darrell-phone.html")
	html, err := os.ReadFile(written)
	require.NoError(t, err)
	require.Contains(t, observed.String(), "stack output --json", "the observer must see the CLI")
	require.Contains(t, message, "The file darrell-phone.html ")
	for where, text := range map[string]string{"arguments": observed.String(), "the page": string(html), "the message": message} {
		c.needles.requireNone(t, where, text)
		require.False(t, strings.Contains(text, words), "the words are in %s", where) // without printing them
	}

	name, saved, err := page.Hand(within(t, time.Minute), written, words, t.TempDir())
	require.NoError(t, err)
	require.Equal(t, "darrell-phone.ovpn", name)
	require.NoError(t, c.traveller.Place(t.Context(), profilePath, saved))
	session, err := c.traveller.Connect(profilePath)
	require.NoError(t, err)
	require.NoError(t, session.AwaitConnected(within(t, 30*time.Second)))
	c.seesTheServer(t)
	require.NoError(t, session.Disconnect(within(t, 20*time.Second)))
}

func (c *trip) fingerprint(t *testing.T, device string) string {
	t.Helper()
	return fmt.Sprint(c.fingerprints(t)[device])
}

// lends lends the page by a link, with the documented commands, the real AWS SDK and a real
// S3 server.
func (c *trip) lends(t *testing.T) {
	testenv.RequirePrograms(t, "chromium")
	g, err := gateway.Start(t.Context(), c.world.Objects, region)
	require.NoError(t, err)
	defer g.Close()
	profile, err := c.stack.Text(t.Context(), "darrell-phone.ovpn")
	require.NoError(t, err)

	message, _ := c.hands(t, "lend", g.Environment()...)
	link := linkInMessage.FindString(message)
	require.NotEmpty(t, link)
	tapped, err := page.Tap(within(t, time.Minute), link, t.TempDir())
	require.NoError(t, err)
	require.Empty(t, tapped.App, "the profile is stored only if asked for")
	requireProfile(t, profile, tapped.Saved)

	observed := observe(t)
	message, terminal := c.hands(t, "one tap", g.Environment()...)
	observed.stop()
	link, err = page.Scan(terminal)
	require.NoError(t, err)
	require.True(t, link == linkInMessage.FindString(message), "the code is the link of the message")
	address, key, _ := strings.Cut(link, "#")
	require.Len(t, key, 43, "256 bits in base64url")
	tapped, err = page.Tap(within(t, time.Minute), link, t.TempDir())
	require.NoError(t, err)
	require.Equal(t, "darrell-phone.ovpn", tapped.Name)
	requireProfile(t, profile, tapped.Saved)
	require.Equal(t, []string{"GET " + address}, tapped.Requests)
	unsealed, isForTheApp := strings.CutPrefix(tapped.App, "openvpn://import-profile/")
	require.True(t, isForTheApp)
	response, err := http.Get(unsealed)
	require.NoError(t, err)
	fetched, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, "application/x-openvpn-profile", response.Header.Get("Content-Type"))
	requireProfile(t, profile, fetched)

	state, err := c.stack.Decrypted(t.Context())
	require.NoError(t, err)
	for where, text := range map[string]string{"a process's arguments or environment": observed.String(), "the server's log": g.Log(), "the state": string(state)} {
		require.False(t, strings.Contains(text, key), "the key is in %s", where)
	}
	require.Contains(t, observed.String(), "stack output --json", "the observer must see the CLI")
	require.Contains(t, g.Log(), "GET")

	listed, said := c.hands(t, "withdraw", g.Environment()...)
	line := "(?m)^darrell-phone +%s +" + c.fingerprint(t, "darrell-phone") + " +.*Z +works$"
	require.Len(t, regexp.MustCompile(fmt.Sprintf(line, "page")).FindAllString(listed, -1), 2)
	require.Len(t, regexp.MustCompile(fmt.Sprintf(line, "profile")).FindAllString(listed, -1), 1)
	require.Contains(t, said, "withdrawn: 3 addresses of darrell-phone")
	for _, withdrawn := range []string{address, unsealed} {
		response, err := http.Get(withdrawn)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, http.StatusNotFound, response.StatusCode)
	}

	// What this stores is in the bucket when the stack is destroyed.
	c.hands(t, "one tap", g.Environment()...)
}

// requireProfile requires that a file is a profile, without printing either.
func requireProfile(t *testing.T, profile string, file []byte) {
	t.Helper()
	require.True(t, profile+"\n" == string(file), "the file is not the profile")
}
