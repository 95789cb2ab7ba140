package page

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"tripvpn/internal/handover/handovertest"
)

// press presses keys for the element that has the focus.
func press(keys string) chromedp.Action[chromedp.Void] { return chromedp.KeyEvent(keys) }

// tabTo presses Tab until an element has the focus, and fails when it gets around.
func (tab *Tab) tabTo(t *testing.T, selector string) {
	t.Helper()
	for range 30 {
		tab.do(t, press(kb.Tab))
		if value[bool](t, tab, "document.activeElement.matches("+quoted(t, selector)+")") {
			return
		}
	}
	t.Fatalf("Tab does not reach %s", selector)
}

func TestTheKeyboardIsEnough(t *testing.T) {
	b, h := start(t), handOver(t, trip)
	tab := b.open(t, file(t, h.Page))
	tab.tabTo(t, "#passphrase")
	tab.do(t, press(h.Words[0]+" wrong"))
	tab.tabTo(t, "#locked button")
	tab.do(t, press(kb.Enter), sees(unknownWord))
	require.Equal(t, "passphrase", value[string](t, tab, "document.activeElement.id"), "the traveller can go on typing")
	value[string](t, tab, `document.activeElement.value = ""`)
	tab.do(t, press(words(h)+kb.Enter), Opened())
	require.Equal(t, "Your file is open", value[string](t, tab, "document.activeElement.textContent"), "a screen reader goes on here")

	tab.tabTo(t, "#save")
	_, saved, err := tab.Save(press(kb.Enter))
	require.NoError(t, err)
	require.Equal(t, handovertest.Profile(t, device, address), string(saved))

	tab.tabTo(t, "#devices input")
	before := tab.stepsShown(t)
	tab.do(t, press(kb.ArrowDown))
	require.NotEqual(t, before, tab.stepsShown(t))

	tab = b.open(t, file(t, h.Page))
	tab.tabTo(t, "#passphrase")
	require.Equal(t, "solid", value[string](t, tab, "getComputedStyle(document.activeElement).outlineStyle"), "the focus can be seen")
}
