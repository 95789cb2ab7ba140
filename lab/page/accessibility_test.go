package page

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"tripvpn/internal/testenv"
	"tripvpn/lab/repo"
)

// The checker of accessibility, from npm.
const (
	axePackage   = "axe-core@4.14.1"
	axeIntegrity = "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==" // SHA-512
)

// axe returns the checker's program, from the cache or with npm.
func axe(t *testing.T) string {
	t.Helper()
	cache, err := repo.Cache()
	require.NoError(t, err)
	folder := filepath.Join(cache, "npm")
	packed := filepath.Join(folder, "axe-core-4.14.1.tgz")
	content, err := os.ReadFile(packed)
	if errors.Is(err, os.ErrNotExist) {
		_, err := exec.LookPath("npm")
		testenv.Optional(t, err)
		require.NoError(t, os.MkdirAll(folder, 0o755))
		said, err := exec.CommandContext(t.Context(), "npm", "pack", axePackage, "--silent", "--pack-destination", folder).CombinedOutput()
		require.NoError(t, err, "%s", said)
		content, err = os.ReadFile(packed)
		require.NoError(t, err)
	} else {
		require.NoError(t, err)
	}
	sum := sha512.Sum512(content)
	require.Equal(t, axeIntegrity, base64.StdEncoding.EncodeToString(sum[:]), "%s is not %s", packed, axePackage)
	program, err := member(packed, "package/axe.min.js")
	require.NoError(t, err)
	return program
}

// member returns a file of a compressed archive.
func member(archive, name string) (string, error) {
	file, err := os.Open(archive)
	if err != nil {
		return "", err
	}
	defer file.Close()
	unpacked, err := gzip.NewReader(file)
	if err != nil {
		return "", err
	}
	for entries := tar.NewReader(unpacked); ; {
		header, err := entries.Next()
		if err != nil {
			return "", fmt.Errorf("looking for %q in %q: %w", name, archive, err)
		}
		if header.Name == name {
			content, err := io.ReadAll(entries)
			return string(content), err
		}
	}
}

// findings returns what the checker finds, its rules of all standards included.
func (tab *Tab) findings(t *testing.T, checker string) []string {
	t.Helper()
	tab.do(t, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := chromedp.Evaluate[chromedp.Void](checker)(ctx, target)
		return err
	}))
	return value[[]string](t, tab, `axe.run().then((result) => result.violations.map(
		(rule) => rule.id + ": " + rule.help + ": " + rule.nodes.map((node) => node.html).join(" ")))`)
}

func TestTheCheckerFindsNothing(t *testing.T) {
	checker, b := axe(t), start(t)
	for state := range states {
		for _, scheme := range []string{"light", "dark"} {
			require.Empty(t, b.inState(t, state, 390, 844, scheme).findings(t, checker), "%s, %s", state, scheme)
		}
	}
	noScript := b.open(t, file(t, []byte(handOver(t, trip).Page[:len(handOver(t, trip).Page)-30])))
	require.Equal(t, []string{"inert"}, noScript.shown(t))
	require.Empty(t, noScript.findings(t, checker))
}

// The check above relies on it.
func TestTheCheckerFindsSomething(t *testing.T) {
	checker, b := axe(t), start(t)
	tab := b.open(t, file(t, []byte(`<!DOCTYPE html><html><title>x</title><input><p style="color: #ccc">text</p>`)))
	require.GreaterOrEqual(t, len(tab.findings(t, checker)), 3)
}

// What a screen reader can reach has a name.
func TestEachControlHasAName(t *testing.T) {
	b := start(t)
	for state := range states {
		tab := b.inState(t, state, 390, 844, "light")
		tree, err := chromedp.Call(tab.ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
		require.NoError(t, err)
		controls := 0
		for _, node := range tree.Nodes {
			if node.Ignored || node.Role == nil || node.ChildIDs == nil && node.Name == nil {
				continue
			}
			switch role := string(node.Role.Value); role {
			case `"button"`, `"link"`, `"textbox"`, `"radio"`, `"heading"`:
				controls++
				require.NotEqual(t, `""`, string(node.Name.Value), "%s without a name", role)
			}
		}
		require.Greater(t, controls, 10, state)
	}
}
