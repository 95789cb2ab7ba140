package docs

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// root is the checkout.
var root = filepath.Join("..", "..")

func TestLinksAreValid(t *testing.T) {
	links := linksIn(t, root)
	for _, source := range []string{"README.md", "docs/original.md"} {
		require.True(t, slices.ContainsFunc(links, func(l link) bool { return l.source == source }), "no links found in %s", source)
	}
	for _, l := range links {
		require.NoError(t, l.check(root))
	}
}

func TestBrokenLinksAreFound(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600))
	}
	require.NoError(t, os.Mkdir(filepath.Join(folder, "docs"), 0o700))
	write("docs/other.md", "# Other\n## It's `one-two`, 3\n## Same\n## Same\n```sh\n# comment\n```\n")
	write("main.go", "package main\n")
	write("README.md", "# Top\n"+
		"[good](docs/other.md) [good](main.go) [good](docs) [good](#top) [good](https://example.org/gone#x)\n"+
		"[good](docs/other.md#its-one-two-3) [good](docs/other.md#same-1)\n"+
		"```sh\n[code](gone)\n```\n`[code](gone)`\n"+
		"[a](docs/gone.md) [b](#gone) [c](docs/other.md#comment) [d](main.go#L1) [e](../README.md) [f](docs/other.md#same-2)\n")
	var broken []string
	for _, l := range linksIn(t, folder) {
		if err := l.check(folder); err != nil {
			broken = append(broken, l.target)
		}
	}
	require.Equal(t, []string{"docs/gone.md", "#gone", "docs/other.md#comment", "main.go#L1", "../README.md", "docs/other.md#same-2"}, broken)
}

// link is a relative link of a Markdown file. The source is relative to the
// repository.
type link struct{ source, target string }

// linksIn returns the relative links of all Markdown files below a folder.
func linksIn(t *testing.T, root string) []link {
	t.Helper()
	var links []link
	require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && path != root && strings.HasPrefix(entry.Name(), ".") {
			return filepath.SkipDir
		}
		if entry.IsDir() || filepath.Ext(path) != ".md" {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		source, err := filepath.Rel(root, path)
		for _, target := range targets(string(text)) {
			links = append(links, link{filepath.ToSlash(source), target})
		}
		return err
	}))
	return links
}

var (
	fenced     = regexp.MustCompile("(?ms)^```.*?^```")
	inlineCode = regexp.MustCompile("`[^`\n]*`")
	target     = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading    = regexp.MustCompile(`(?m)^#{1,6} +(.+?) *$`)
	unslugged  = regexp.MustCompile(`[^\p{L}\p{N}_\- ]`)
)

// targets returns the relative link targets of a Markdown text.
func targets(text string) []string {
	text = inlineCode.ReplaceAllString(fenced.ReplaceAllString(text, ""), "")
	var all []string
	for _, match := range target.FindAllStringSubmatch(text, -1) {
		if !strings.Contains(match[1], "://") {
			all = append(all, match[1])
		}
	}
	return all
}

// anchors returns the names that GitHub gives to the headings of a Markdown
// text: lower case, without punctuation, hyphens for spaces, and numbered where
// a name repeats.
func anchors(text string) []string {
	var all []string
	seen := map[string]int{}
	for _, match := range heading.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
		name := strings.ReplaceAll(unslugged.ReplaceAllString(strings.ToLower(match[1]), ""), " ", "-")
		if seen[name]++; seen[name] > 1 {
			name = fmt.Sprintf("%s-%d", name, seen[name]-1)
		}
		all = append(all, name)
	}
	return all
}

// check returns an error if the repository does not have the file, or the file
// does not have the heading.
func (l link) check(root string) error {
	file, anchor, anchored := strings.Cut(l.target, "#")
	path := filepath.FromSlash(l.source)
	if file != "" {
		path = filepath.Join(filepath.Dir(path), filepath.FromSlash(file))
	}
	if !filepath.IsLocal(path) {
		return fmt.Errorf("%s links to %q, which is outside the repository", l.source, l.target)
	}
	if !anchored {
		_, err := os.Stat(filepath.Join(root, path))
		if err != nil {
			err = fmt.Errorf("%s links to %q: %w", l.source, l.target, err)
		}
		return err
	}
	if filepath.Ext(path) != ".md" {
		return fmt.Errorf("%s links to %q: only Markdown files have headings", l.source, l.target)
	}
	text, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		return fmt.Errorf("%s links to %q: %w", l.source, l.target, err)
	}
	if !slices.Contains(anchors(string(text)), anchor) {
		return fmt.Errorf("%s links to %q: no such heading, only %q", l.source, l.target, anchors(string(text)))
	}
	return nil
}
