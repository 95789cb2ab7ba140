package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// needles are the lines of every private key and control-channel key of the
// stack. The test compares them, and never prints them.
type needles []string

// A key's block. JSON may escape its line ends once or more.
var (
	keyBlock = regexp.MustCompile(`(?s)-----BEGIN (?:[A-Z ]*PRIVATE KEY|OpenVPN tls-crypt-v2 (?:server|client) key)-----(.*?)-----END`)
	keyLine  = regexp.MustCompile(`[A-Za-z0-9+/=]{40,}`)
)

func needlesIn(text string) needles {
	seen := map[string]bool{}
	var found needles
	for _, block := range keyBlock.FindAllStringSubmatch(text, -1) {
		for _, line := range keyLine.FindAllString(block[1], -1) {
			if !seen[line] {
				seen[line] = true
				found = append(found, line)
			}
		}
	}
	return found
}

// requireNone fails if any needle is in the text. It does not name the needle.
func (n needles) requireNone(t *testing.T, where, text string) {
	t.Helper()
	for _, needle := range n {
		require.False(t, strings.Contains(text, needle), "key material in plain text in %s", where)
	}
}

func (c *trip) keepsSecrets(t *testing.T) {
	state, err := c.stack.Decrypted(t.Context())
	require.NoError(t, err)
	c.needles = needlesIn(string(state))
	// Root, intermediate, seed, server, admin, host key and two clients have one
	// key each, in several forms. Each client has a wrapped tls-crypt-v2 key, and the server
	// its own.
	require.Greater(t, len(c.needles), 40, "too few keys to search for")
	require.NotEmpty(t, needlesIn(c.profile))

	exported, err := c.stack.Command(t.Context(), "pulumi", "stack", "export").Output()
	require.NoError(t, err)
	require.Contains(t, string(exported), "ciphertext")
	c.needles.requireNone(t, "pulumi stack export", string(exported))
	outputs, err := c.stack.Command(t.Context(), "pulumi", "stack", "output").Output()
	require.NoError(t, err)
	c.needles.requireNone(t, "pulumi stack output", string(outputs))
	c.needles.requireNoneBelow(t, c.stack.Folder())
	require.Contains(t, c.log.String(), "darrell-us-east-1-instance", "the CLI's log must cover the up")
	c.needles.requireNone(t, "the CLI's log", c.log.String())
	c.hostKeepsSecrets(t)

	require.Contains(t, c.observed.String(), "tripvpn-bootstrap", "the observer must see the host binary")
	require.Contains(t, c.observed.String(), "apt-get", "the observer must see the host's processes")
	c.needles.requireNone(t, "a process's arguments or environment", c.observed.String())
}

func (c *trip) hostKeepsSecrets(t *testing.T) {
	host, err := c.world.Host(region)
	require.NoError(t, err)
	journal, err := host.Run(t.Context(), "journalctl", "--no-pager", "--output=cat")
	require.NoError(t, err)
	require.Contains(t, journal, "openvpn")
	c.needles.requireNone(t, "the host's journal", journal)
	logs, err := host.Run(t.Context(), "sh", "-euc", "find /var/log /tmp /home /root -type f -exec cat {} +")
	require.NoError(t, err)
	c.needles.requireNone(t, "the host's logs and homes", logs)
	console, err := os.ReadFile(host.Console())
	require.NoError(t, err)
	c.needles.requireNone(t, "the host's console", string(console))
	// Only root can read the host's keys.
	readable, err := host.Run(t.Context(), "sh", "-euc",
		"grep -rlIE 'PRIVATE KEY-----|OpenVPN tls-crypt-v2' /etc /var/lib /usr/local | xargs -r stat -c '%a %U %n'")
	require.NoError(t, err)
	require.NotEmpty(t, readable)
	for line := range strings.Lines(readable) {
		require.Regexp(t, `^[0-7]?[0-7]00 root `, line)
	}
}

func (n needles) requireNoneBelow(t *testing.T, folder string) {
	t.Helper()
	files := 0
	require.NoError(t, filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		n.requireNone(t, path, string(text))
		files++
		return err
	}))
	require.NotZero(t, files)
}

// observer collects the arguments and environments of all processes while it
// runs, the host's included.
type observer struct {
	mu     sync.Mutex
	seen   map[string]bool
	ending chan struct{}
	ended  sync.WaitGroup
}

func observe(t *testing.T) *observer {
	t.Helper()
	o := &observer{seen: map[string]bool{}, ending: make(chan struct{})}
	o.ended.Go(func() {
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-o.ending:
				return
			case <-tick.C:
				o.look()
			}
		}
	})
	return o
}

func (o *observer) look() {
	for _, pattern := range []string{"/proc/[0-9]*/cmdline", "/proc/[0-9]*/environ"} {
		paths, _ := filepath.Glob(pattern)
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				continue // it has ended
			}
			o.mu.Lock()
			o.seen[string(text)] = true
			o.mu.Unlock()
		}
	}
}

func (o *observer) stop() {
	close(o.ending)
	o.ended.Wait()
}

// String returns everything collected.
func (o *observer) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	var all strings.Builder
	for text := range o.seen {
		all.WriteString(strings.ReplaceAll(text, "\x00", " ") + "\n")
	}
	return all.String()
}
