package page

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	_ "tripvpn/internal/golden" // the flag -update
	"tripvpn/internal/testenv"
	"tripvpn/lab/repo"
)

// screens are a small and a usual phone, a tablet and a desktop.
var screens = []struct{ width, height int64 }{{320, 568}, {390, 844}, {820, 1180}, {1280, 800}}

// states bring the page into each of its states.
var states = map[string][]chromedp.Action[chromedp.Void]{
	"locked": nil,
	"wrong":  {Words("no such words"), sees(unknownWord)},
	"opened": nil, // by the words, see inState
	"text":   {click("summary")},
	"linked": nil, // opened by a link, with the button for one tap
}

// inStates are the tabs in which the page is in a state. Tests only look at them.
var inStates = map[string]*Tab{}

// inState shows the page in a state, on a screen with a colour scheme.
func (b *Browser) inState(t *testing.T, state string, width, height int64, scheme string) *Tab {
	t.Helper()
	if inStates[state] == nil {
		h := handOver(t, trip)
		address := file(t, h.Page)
		if state == "linked" {
			address = b.lend(t, "https://example.org/darrell-phone.ovpn")
		}
		tab, _, err := b.Open(address, agent("Android")) // the tab stays for other tests
		require.NoError(t, err)
		switch state {
		case "opened", "text":
			tab.do(t, Words(words(h)), Opened())
		case "linked":
			tab.do(t, Opened(), sees("#one-tap"))
		}
		tab.do(t, states[state]...)
		inStates[state] = tab
	}
	inStates[state].do(t, chromedp.EmulateViewport(width, height), media("", scheme))
	return inStates[state]
}

func TestThePageFitsEachScreen(t *testing.T) {
	b := start(t)
	for state := range states {
		tab := b.inState(t, state, 390, 844, "light")
		for _, screen := range screens {
			name := fmt.Sprintf("%s at %dx%d", state, screen.width, screen.height)
			tab.do(t, chromedp.EmulateViewport(screen.width, screen.height))
			require.LessOrEqual(t, value[int64](t, tab, "document.documentElement.scrollWidth"), screen.width, "%s: nothing is cut off", name)
			require.Empty(t, value[[]string](t, tab, `
				Array.from(document.querySelectorAll("button, .button, textarea, fieldset label, summary")).
					filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < 44).map((e) => e.outerHTML)`),
				"%s: a finger needs 44 pixels, see WCAG 2.2, 2.5.5", name)
			require.GreaterOrEqual(t, value[float64](t, tab, `Math.min(...Array.from(document.querySelectorAll("textarea:not(#profile)"), (e) => parseFloat(getComputedStyle(e).fontSize)))`),
				16.0, "%s: iOS zooms into smaller fields", name)
		}
	}
}

// onPaper returns the text of the printed page.
func (tab *Tab) onPaper(t *testing.T) string {
	t.Helper()
	var pdf []byte
	tab.do(t, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		printed, err := cdp.Call(ctx, target, page.PrintToPDF, page.PrintToPDFParams{})
		pdf = printed.Data
		return err
	}))
	testenv.RequirePrograms(t, "pdftotext")
	command := exec.CommandContext(t.Context(), "pdftotext", "-", "-")
	command.Stdin = bytes.NewReader(pdf)
	text, err := command.Output()
	require.NoError(t, err)
	return strings.Join(strings.Fields(string(text)), " ")
}

func TestPaperHasTheStepsAndNoSecret(t *testing.T) {
	b := start(t)
	for _, state := range []string{"locked", "text"} {
		text := b.inState(t, state, 390, 844, "dark").onPaper(t)
		for _, want := range []string{"VPN for darrell-phone", "27 November 2096", "Google Play", "When the device is lost"} {
			require.Contains(t, text, want, state)
		}
		require.Contains(t, strings.ReplaceAll(text, " ", ""), "https://play.google.com/store/apps/details?id=net.openvpn.openvpn", "%s: paper needs addresses", state)
		for _, not := range []string{"PRIVATE KEY", "remote " + address, "The six words you were told", "Your file is open"} {
			require.NotContains(t, text, not, state)
		}
	}
}

// pictures are those of docs/hand-over.md.
var pictures = []struct {
	name, state, scheme string
	width, height       int64
}{
	{"phone", "opened", "light", 390, 844},
	{"phone-dark", "wrong", "dark", 390, 844},
	{"desktop", "locked", "light", 1000, 720},
}

// TestPictures compares the pictures of the documentation with the page only by their
// size, because fonts differ between machines. With -update, it writes them.
func TestPictures(t *testing.T) {
	b := start(t)
	root, err := repo.Root()
	require.NoError(t, err)
	for _, picture := range pictures {
		tab := b.inState(t, picture.state, picture.width, picture.height, picture.scheme)
		value[bool](t, tab, "(scrollTo(0, 0), true)")
		shot, err := chromedp.Run(tab.ctx, chromedp.CaptureScreenshot())
		require.NoError(t, err)
		path := filepath.Join(root, "docs", "images", "hand-over-"+picture.name+".png")
		if flag.Lookup("update").Value.String() == "true" {
			require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
			require.NoError(t, os.WriteFile(path, shot, 0o644))
		}
		taken, err := png.DecodeConfig(bytes.NewReader(shot))
		require.NoError(t, err)
		file, err := os.ReadFile(path)
		require.NoError(t, err, "to write it, run: make golden")
		present, err := png.DecodeConfig(bytes.NewReader(file))
		require.NoError(t, err)
		require.Equal(t, [2]int{taken.Width, taken.Height}, [2]int{present.Width, present.Height}, path)
	}
}
