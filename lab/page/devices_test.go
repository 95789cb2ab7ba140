package page

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// stepsShown returns the devices whose steps the traveller sees.
func (tab *Tab) stepsShown(t *testing.T) []string {
	t.Helper()
	return value[[]string](t, tab, `["ios", "android", "windows", "macos", "linux"].filter((id) => document.getElementById(id).checkVisibility())`)
}

func TestTheDeviceIsRecognizedAndCanBeChanged(t *testing.T) {
	b := start(t)
	path := file(t, handOver(t, trip).Page)
	for _, test := range []struct {
		agent, want string
		touches     bool
	}{
		{agent: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1", want: "ios"},
		{agent: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15", want: "macos"},
		{agent: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15", want: "ios", touches: true}, // an iPad
		{agent: "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36", want: "android"},
		{agent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36", want: "windows"},
		{agent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", want: "linux"},
	} {
		before := []chromedp.Action[chromedp.Void]{agent(test.agent)}
		if test.touches {
			before = append(before, onNewDocument(`Object.defineProperty(navigator, "maxTouchPoints", { value: 5 })`))
		}
		tab := b.open(t, path, before...)
		require.Equal(t, []string{test.want}, tab.stepsShown(t), test.agent)
		tab.do(t, click(`input[value="android"]`))
		require.Equal(t, []string{"android"}, tab.stepsShown(t))
	}
}

// Chromium on Linux shares no files, so the test stands in for a browser that does.
func TestTheFileIsSharedWhereTheBrowserCan(t *testing.T) {
	b, h := start(t), handOver(t, trip)
	path := file(t, h.Page)
	tab := b.open(t, path)
	tab.do(t, Words(words(h)), Opened())
	require.False(t, value[bool](t, tab, `document.getElementById("share").checkVisibility()`))

	tab = b.open(t, path, onNewDocument(`
		navigator.canShare = ({ files }) => files.length === 1;
		navigator.share = async ({ files }) => { window.sharedFile = files[0].name + " " + files[0].size; };`))
	tab.do(t, Words(words(h)), Opened(), click("#share"))
	size := value[int](t, tab, `document.getElementById("profile").value.length`)
	require.Greater(t, size, 1000)
	require.Equal(t, value[string](t, tab, `"darrell-phone.ovpn " + document.getElementById("profile").value.length`), value[string](t, tab, "sharedFile"))
}
