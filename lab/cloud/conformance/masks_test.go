package conformance

import (
	"crypto/ed25519"
	"encoding/pem"
	"fmt"
	"os"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"
)

// masks replace what is new in every run. Most become their kind and a number,
// the same for the same value: "[EC PRIVATE KEY 2]".
type masks struct {
	started time.Time
	numbers map[string]map[string]int // by kind and value
}

func newMasks() masks { return masks{started: time.Now(), numbers: map[string]map[string]int{}} }

// masked are the patterns of what is masked. Without a kind, it is the pattern's
// first group.
var masked = []struct {
	pattern *regexp.Regexp
	kind    string
}{
	{pemBlock, ""},
	{regexp.MustCompile(`\b(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp256) AAAA[A-Za-z0-9+/=]+`), ""},
	{regexp.MustCompile(`\b(?:[0-9a-f]{2}:){15}[0-9a-f]{2}\b`), "MD5"},
	{regexp.MustCompile(`\bSHA256:[A-Za-z0-9+/]{43}`), "SHA-256"},
	{regexp.MustCompile(`\b[0-9a-f]{40}\b`), "SHA-1"},
	{regexp.MustCompile(`\b[0-9]{25,39}\b`), "serial number"},
	{regexp.MustCompile(`\bsubject[0-9a-f]{8}\b`), "subject id"},
	{regexp.MustCompile(`\b[0-9a-f]{8}\b`), "id"},
	{regexp.MustCompile(`\b[0-9]{5}\b`), "port"},
	{regexp.MustCompile(regexp.QuoteMeta(os.TempDir()) + `/[^/"]+/[0-9]{3}\b`), "folder"},
}

var (
	pemBlock = regexp.MustCompile(`-----BEGIN ([A-Z ]+)-----[^-]+-----END [A-Z ]+-----`)
	moment   = regexp.MustCompile(`\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)`)
)

func (m masks) mask(lines []string) []string {
	var after []string
	for _, line := range lines {
		for _, what := range masked {
			line = what.pattern.ReplaceAllStringFunc(line, func(found string) string {
				kind := what.kind
				if kind == "" {
					kind = what.pattern.FindStringSubmatch(found)[1]
				}
				return fmt.Sprintf("[%s %d]", kind, m.number(kind, found))
			})
		}
		after = append(after, moment.ReplaceAllStringFunc(line, m.relative))
	}
	return after
}

func (m masks) number(kind, value string) int {
	if m.numbers[kind] == nil {
		m.numbers[kind] = map[string]int{}
	}
	if m.numbers[kind][value] == 0 {
		m.numbers[kind][value] = len(m.numbers[kind]) + 1
	}
	return m.numbers[kind][value]
}

// relative is a time in hours from the transcript's beginning: "[now +24h]".
func (m masks) relative(found string) string {
	at, err := time.Parse(time.RFC3339, found)
	if err != nil {
		return found
	}
	return fmt.Sprintf("[now %+dh]", int(at.Sub(m.started).Round(time.Hour).Hours()))
}

var (
	encoded     = regexp.MustCompile(`[A-Za-z0-9+/]{40,}`)
	hexadecimal = regexp.MustCompile(`^[0-9a-f]+$`)
)

// leaks returns what may be a key or a certificate in a text: PEM, and anything
// long in base64. Digests in hexadecimal are none.
func leaks(text string) []string {
	found := pemBlock.FindAllString(text, -1)
	for _, run := range encoded.FindAllString(text, -1) {
		if !hexadecimal.MatchString(run) {
			found = append(found, run)
		}
	}
	return found
}

func TestMasks(t *testing.T) {
	public, key, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	block, err := ssh.MarshalPrivateKey(key, "")
	require.NoError(t, err)
	sshPublic, err := ssh.NewPublicKey(public)
	require.NoError(t, err)
	secret, open := fmt.Sprintf("%q", pem.EncodeToMemory(block)), pin(sshPublic)
	require.NotEmpty(t, leaks(secret))
	require.NotEmpty(t, leaks(open))

	m := newMasks()
	lines := m.mask([]string{
		secret, open + " " + secret, "id: " + sha1Of([]byte("one")), "id: " + sha1Of([]byte("two")),
		"end: " + m.started.Add(24*time.Hour).Format(time.RFC3339Nano), "port: 22",
	})
	require.Equal(t, []string{
		`"[OPENSSH PRIVATE KEY 1]\n"`, `[ssh-ed25519 1] "[OPENSSH PRIVATE KEY 1]\n"`,
		"id: [SHA-1 1]", "id: [SHA-1 2]", "end: [now +24h]", "port: 22",
	}, lines)
	for _, line := range lines {
		require.Empty(t, leaks(line))
	}
}
