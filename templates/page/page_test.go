package page

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/golden"
)

var example = Page{
	Device: "darrell-phone", Fingerprint: "0123456789abcdef", Until: time.Date(2026, 12, 25, 0, 0, 0, 0, time.UTC),
	Places: []string{"Ireland (eu-west-1)", "London (eu-west-2)"}, Sealed: make([]byte, 100), Words: []string{"abacus", "yo-yo"},
}

// Style and scripts have no golden: their files are what the page contains.
func TestPageIsGolden(t *testing.T) {
	golden.Require(t, "page.html", withoutFiles(render(t)))
}

func TestMessageIsGolden(t *testing.T) {
	message, err := Message{Device: "darrell-phone", File: "darrell.html", Until: example.Until}.Render()
	require.NoError(t, err)
	golden.Require(t, "message.txt", message)

	message, err = Message{Device: "darrell-phone", Address: "https://example.org/page#key", AddressEnd: example.Until.Add(-time.Hour), Until: example.Until}.Render()
	require.NoError(t, err)
	golden.Require(t, "message-link.txt", message)
}

func TestWhatComesLaterIsSaidOfLinksOrWords(t *testing.T) {
	require.Contains(t, render(t), "You then get a new page.")
	require.Contains(t, render(t), "The six words stay the same")
	linked := example
	linked.Linked = true
	html, err := linked.Render()
	require.NoError(t, err)
	require.Contains(t, string(html), "You then get a new link.")
	require.NotContains(t, string(html), "The six words stay the same")
}

func TestThePageContainsItsFilesUnchanged(t *testing.T) {
	html := render(t)
	for _, name := range []string{"page.css", "open.js", "page.js"} {
		content, err := files.ReadFile(name)
		require.NoError(t, err)
		require.Contains(t, html, ">"+string(content)+"</", name)
	}
}

// The only addresses are those that the traveller may tap.
func TestThePageLoadsNothing(t *testing.T) {
	html := render(t)
	require.NotRegexp(t, `(?i)\b(?:src|srcset|action|formaction|poster|data)=|\burl\(|@import|<(?:link|base|img|iframe|object|embed|form [^>]*action)\b`, html)
	for _, address := range regexp.MustCompile(`\S*https?://\S*`).FindAllString(html, -1) {
		require.Regexp(t, `^href="https://(?:apps\.apple\.com|play\.google\.com|openvpn\.net)/`, address)
	}
}

func TestValuesCannotAddHTML(t *testing.T) {
	p := example
	p.Device, p.Places = `"><script>x</script>`, []string{"<b>"}
	html, err := p.Render()
	require.NoError(t, err)
	require.NotContains(t, string(html), "<script>x")
	require.NotContains(t, string(html), "<b>")
}

// The scripts look elements up by ID. A translation must keep all of them.
func TestTheScriptsFindTheirElements(t *testing.T) {
	html := render(t)
	script, err := files.ReadFile("page.js")
	require.NoError(t, err)
	ids := regexp.MustCompile(`element\("([a-z-]+)"\)`).FindAllStringSubmatch(string(script), -1)
	require.Greater(t, len(ids), 15)
	for _, id := range ids {
		require.Equal(t, 1, strings.Count(html, ` id="`+id[1]+`"`), id[1])
	}
}

func render(t *testing.T) string {
	t.Helper()
	html, err := example.Render()
	require.NoError(t, err)
	return string(html)
}

var (
	contents = regexp.MustCompile(`(?s)(<style>|<script>).*?(</style>|</script>)`)
	hashes   = regexp.MustCompile(`sha256-[^']*`)
)

func withoutFiles(html string) string {
	return hashes.ReplaceAllString(contents.ReplaceAllString(html, "$1$2"), "sha256-…")
}
