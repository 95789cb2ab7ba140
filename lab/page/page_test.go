package page

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"tripvpn/internal/handover"
	"tripvpn/internal/handover/handovertest"
	"tripvpn/internal/outputs"
	"tripvpn/internal/testenv"
)

const (
	device  = "darrell-phone"
	address = "203.0.113.9"
)

// trip has no end of its own: a page works until its certificate ends.
var trip = outputs.Outputs{Servers: map[string]string{"eu-west-1": address}}

// handedOver are the pages of handOver, by the end of the trip: sealing takes a while.
var handedOver = map[time.Time]handover.HandOver{}

// handOver returns a page, with its words.
func handOver(t *testing.T, o outputs.Outputs) handover.HandOver {
	t.Helper()
	if h, made := handedOver[o.Expires]; made {
		return h
	}
	profile, err := handover.ParseProfile(handovertest.Profile(t, device, address))
	require.NoError(t, err)
	h, err := handover.New(device, profile, o)
	require.NoError(t, err)
	handedOver[o.Expires] = h
	return h
}

func words(h handover.HandOver) string { return strings.Join(h.Words, " ") }

// shared is the browser of all tests, because each start of one takes a while.
var shared *Browser

func TestMain(m *testing.M) {
	code := m.Run()
	if shared != nil {
		shared.Close()
	}
	os.Exit(code)
}

// start starts the browser, or makes it forget what earlier tests have asked and served.
// Tests close their tabs.
func start(t *testing.T) *Browser {
	t.Helper()
	testenv.RequirePrograms(t, "chromium")
	if shared == nil {
		b, err := Start(context.Background(), t.TempDir())
		require.NoError(t, err)
		shared = b
	}
	require.NoError(t, shared.SaveIn(t.TempDir()))
	shared.mu.Lock()
	defer shared.mu.Unlock()
	shared.requests, shared.served, shared.forward = nil, map[string][]byte{}, nil
	return shared
}

// file writes a page's file, and returns its path.
func file(t *testing.T, page []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), device+".html")
	require.NoError(t, os.WriteFile(path, page, 0o600))
	return path
}

// open opens a page, from a file or an address, in a tab that ends with the test.
func (b *Browser) open(t *testing.T, address string, before ...chromedp.Action[chromedp.Void]) *Tab {
	t.Helper()
	tab, leave, err := b.Open(address, before...)
	require.NoError(t, err)
	t.Cleanup(leave)
	return tab
}

// do does steps, each of which must end within half a minute.
func (tab *Tab) do(t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	for _, step := range steps {
		require.NoError(t, tab.Do(within(step)))
	}
}

func value[T any](t *testing.T, tab *Tab, expression string) T {
	t.Helper()
	result, err := Evaluate[T](tab, expression)
	require.NoError(t, err)
	return result
}

// shown returns the IDs of the notices that the traveller sees.
func (tab *Tab) shown(t *testing.T) []string {
	t.Helper()
	return value[[]string](t, tab, `Array.from(document.querySelectorAll("#inert, .bad, #opened, #locked")).
		filter((e) => e.checkVisibility()).map((e) => e.id)`)
}

const (
	wrongWords  = "#wrong-words"
	unknownWord = "#unknown-word"
	wordCount   = "#word-count"
	damaged     = "#damaged"
)

func sees(notice string) chromedp.Action[chromedp.Void] {
	return chromedp.WaitVisible(chromedp.CSS(notice))
}

func click(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.Click(chromedp.CSS(selector))
}

// recordOffer records the name and type of the file that the page offers.
var recordOffer = onNewDocument(`
	const original = URL.createObjectURL;
	URL.createObjectURL = (file) => { window.offered = file.name + " " + file.type; return original.call(URL, file); };`)

func TestTheWordsOpenAndTheSavedFileIsTheProfile(t *testing.T) {
	b, h := start(t), handOver(t, trip)
	path := file(t, h.Page)
	tab := b.open(t, path, recordOffer)
	require.Equal(t, []string{"locked"}, tab.shown(t))
	tab.do(t, Words(words(h)), Opened())
	require.Equal(t, []string{"opened"}, tab.shown(t))

	name, saved, err := tab.Save(click("#save"))
	require.NoError(t, err)
	require.Equal(t, "darrell-phone.ovpn", name)
	require.True(t, bytes.Equal([]byte(handovertest.Profile(t, device, address)), saved), "the saved file is the profile, byte for byte")
	require.Equal(t, "darrell-phone.ovpn application/x-openvpn-profile", value[string](t, tab, "offered"))
	require.Equal(t, address, value[string](t, tab, `document.getElementById("servers").textContent`))
	require.Empty(t, value[string](t, tab, `document.getElementById("passphrase").value`), "the words do not stay on the screen")

	require.Empty(t, b.Requests(), "nothing left the browser")
	for _, request := range tab.Requests() {
		require.Regexp(t, `^(?:file|blob):`, request)
	}
}

func TestTheTextIsTheProfileToo(t *testing.T) {
	b, h := start(t), handOver(t, trip)
	tab := b.open(t, file(t, h.Page))
	tab.do(t, Words(words(h)), Opened(), click("summary"), click("#copy"))
	require.Equal(t, handovertest.Profile(t, device, address), value[string](t, tab, `(({ value, selectionStart, selectionEnd }) => value.slice(selectionStart, selectionEnd))(document.getElementById("profile"))`))
}

// The page could not send anything if it tried.
func TestTheBrowserRefusesToLoadAnything(t *testing.T) {
	b, h := start(t), handOver(t, trip)
	tab := b.open(t, file(t, h.Page))
	attempt := func(code string) string {
		return value[string](t, tab, `new Promise((done) => {
			addEventListener("securitypolicyviolation", (event) => done(event.effectiveDirective), { once: true });
			setTimeout(() => done("nothing was refused"), 5000);
			`+code+`
		})`)
	}
	require.Equal(t, "connect-src", attempt(`fetch("http://example.org/").catch(() => {})`))
	require.Equal(t, "img-src", attempt(`new Image().src = "http://example.org/x.png"`))
	require.Equal(t, "connect-src", attempt(`navigator.sendBeacon("http://example.org/", "x")`))
	require.Equal(t, "frame-src", attempt(`{ const f = document.createElement("iframe"); f.src = "http://example.org/"; document.body.append(f); }`))
	require.Equal(t, "script-src-elem", attempt(`{ const s = document.createElement("script"); s.textContent = "1"; document.body.append(s); }`))
	require.Equal(t, "form-action", attempt(`{ const f = document.createElement("form"); f.action = "http://example.org/"; document.body.append(f); f.submit(); }`))
	require.Empty(t, b.Requests())
}

// The other tests rely on it: what leaves the browser is noticed.
func TestTheProxySeesWhatLeaves(t *testing.T) {
	b := start(t)
	tab := b.open(t, file(t, []byte("<!DOCTYPE html><title>x</title>")))
	value[bool](t, tab, `fetch("http://example.org/seen", { mode: "no-cors" }).then(() => true)`)
	require.Contains(t, b.Requests(), "GET http://example.org/seen")
	require.Contains(t, tab.Requests(), "http://example.org/seen")
}

func TestEachProblemHasItsSentence(t *testing.T) {
	b, h := start(t), handOver(t, trip)
	path := file(t, h.Page)

	t.Run("wrong words", func(t *testing.T) {
		tab := b.open(t, path)
		wrong := h.Words[1] + " " + h.Words[0] + " " + strings.Join(h.Words[2:], " ")
		tab.do(t, Words(wrong), sees(wrongWords))
		require.Equal(t, []string{"locked", "wrong-words"}, tab.shown(t))
		// And then the right ones.
		value[string](t, tab, `document.getElementById("passphrase").value = ""`)
		tab.do(t, Words(words(h)), Opened())
		require.Equal(t, []string{"opened"}, tab.shown(t))
	})
	t.Run("a typing error", func(t *testing.T) {
		tab := b.open(t, path)
		tab.do(t, Words("Vending race, buckwhaet paycheck cameo stuffing"), sees(unknownWord))
		require.Equal(t, []string{"locked", "unknown-word"}, tab.shown(t))
		require.Contains(t, value[string](t, tab, `document.querySelector("#unknown-word").innerText`), "“buckwhaet” is not one of the possible words")
	})
	t.Run("five words", func(t *testing.T) {
		tab := b.open(t, path)
		tab.do(t, Words(strings.Join(h.Words[1:], " ")), sees(wordCount))
		require.Contains(t, value[string](t, tab, `document.querySelector("#word-count").innerText`), "Words typed: 5. There must be six.")
	})
	t.Run("no words", func(t *testing.T) {
		tab := b.open(t, path)
		tab.do(t, Words(""), sees(wordCount))
		require.Equal(t, []string{"locked", "word-count"}, tab.shown(t))
	})
	t.Run("one byte of the profile is another", func(t *testing.T) {
		at := bytes.Index(h.Page, []byte(`id="sealed">`)) + 500
		tab := b.open(t, file(t, flipped(h.Page, at)))
		tab.do(t, Words(words(h)), sees(damaged))
		require.Equal(t, []string{"locked", "damaged"}, tab.shown(t))
	})
	t.Run("one byte of a program is another", func(t *testing.T) {
		for _, within := range []string{"async function unseal", "function guessDevice"} {
			tab := b.open(t, file(t, flipped(h.Page, bytes.Index(h.Page, []byte(within)))))
			require.Equal(t, []string{"inert"}, tab.shown(t), "the browser refuses a changed program")
		}
	})
	t.Run("the end of the file is missing", func(t *testing.T) {
		tab := b.open(t, file(t, h.Page[:len(h.Page)-30]))
		require.Equal(t, []string{"inert"}, tab.shown(t))
	})
	t.Run("no WebCrypto", func(t *testing.T) { // as on every page that is not from a file or over TLS
		b.Serve("http://example.org/page", h.Page)
		tab := b.open(t, "http://example.org/page")
		require.False(t, value[bool](t, tab, "isSecureContext"))
		require.Equal(t, []string{"no-crypto"}, tab.shown(t))
	})
	t.Run("no script", func(t *testing.T) {
		tab := b.open(t, path, withoutScript)
		require.Equal(t, []string{"inert"}, tab.shown(t))
		require.Contains(t, value[string](t, tab, "document.body.innerText"), "iPhone, iPad")
		require.True(t, value[bool](t, tab, `["ios", "android", "windows", "macos", "linux"].every((id) => document.getElementById(id).checkVisibility())`),
			"the steps for all devices can be read")
	})
	t.Run("the trip is over", func(t *testing.T) {
		over := trip
		over.Expires = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		tab := b.open(t, file(t, handOver(t, over).Page))
		require.Equal(t, []string{"ended", "locked"}, tab.shown(t))
		require.Contains(t, value[string](t, tab, `document.querySelector("#ended").innerText`), "ended on 1 January 2026, 00:00 UTC")
	})
}

// linkAddress is where lend serves a page. A page over HTTPS is a secure context; one of this
// machine is, too.
const linkAddress = "http://127.0.0.1:8/page?X-Amz-Signature=0"

// lend serves a page, perhaps with an address for one tap, and returns its link.
func (b *Browser) lend(t *testing.T, oneTap string) string {
	t.Helper()
	profile, err := handover.ParseProfile(handovertest.Profile(t, device, address))
	require.NoError(t, err)
	h, err := handover.NewLinked(device, profile, trip, "a-key", oneTap)
	require.NoError(t, err)
	b.Serve(linkAddress, h.Page)
	return linkAddress + "#a-key"
}

func TestALinkOpensByItself(t *testing.T) {
	b := start(t)
	link := b.lend(t, "")
	tab := b.open(t, link)
	tab.do(t, Opened())
	require.Equal(t, []string{"opened"}, tab.shown(t))
	_, saved, err := tab.Save(click("#save"))
	require.NoError(t, err)
	require.Equal(t, handovertest.Profile(t, device, address), string(saved))
	require.Equal(t, []string{"GET " + linkAddress}, b.Requests(), "the key stays in the browser, and nothing else is loaded")

	for _, incomplete := range []string{linkAddress, strings.TrimSuffix(link, "y")} {
		tab = b.open(t, incomplete)
		tab.do(t, sees("#wrong-key"))
		require.Equal(t, []string{"wrong-key"}, tab.shown(t))
	}
}

func (tab *Tab) offersOneTap(t *testing.T) bool {
	t.Helper()
	return value[bool](t, tab, `document.getElementById("one-tap").checkVisibility()`)
}

// One tap passes the address of the profile to OpenVPN Connect. The page has a button for it
// on phones, and only if there is such an address.
func TestOneTapOpensTheApp(t *testing.T) {
	b := start(t)
	const unsealed = "https://bucket.example.org/darrell-phone/1.ovpn?X-Amz-Credential=A%2F20261201%2Faws4_request&X-Amz-Signature=0"
	for _, oneTap := range []string{"", unsealed} {
		tab := b.open(t, b.lend(t, oneTap))
		tab.do(t, Opened())
		for _, computer := range []string{"windows", "macos", "linux"} {
			tab.do(t, click(`[value="`+computer+`"]`))
			require.False(t, tab.offersOneTap(t), computer)
		}
		for _, phone := range []string{"ios", "android"} {
			tab.do(t, click(`[value="`+phone+`"]`))
			require.Equal(t, oneTap != "", tab.offersOneTap(t), phone)
		}
		_, saved, err := tab.Save(click("#save"))
		require.NoError(t, err)
		require.Equal(t, handovertest.Profile(t, device, address), string(saved), "the address is not in the file")
		if oneTap != "" {
			require.Equal(t, "openvpn://import-profile/"+unsealed, tab.asked(t, click("#one-tap")))
		}
	}
	require.NotContains(t, strings.Join(b.Requests(), " "), "bucket.example.org", "only the app fetches the profile")
}

// asked does a step that makes the browser go to an address, and returns the address.
func (tab *Tab) asked(t *testing.T, step chromedp.Action[chromedp.Void]) string {
	t.Helper()
	asked := make(chan string, 1)
	require.NoError(t, chromedp.Listen(tab.ctx, func(event any) {
		if going, ok := event.(*page.EventFrameRequestedNavigation); ok {
			select {
			case asked <- going.URL:
			default:
			}
		}
	}))
	tab.do(t, step)
	select {
	case address := <-asked:
		return address
	case <-time.After(30 * time.Second):
		t.Fatal("the browser goes nowhere")
		return ""
	}
}

// flipped returns the page with another byte, which is as valid as a letter.
func flipped(page []byte, at int) []byte {
	other := bytes.Clone(page)
	other[at] = 'A'
	if page[at] == 'A' {
		other[at] = 'B'
	}
	return other
}
