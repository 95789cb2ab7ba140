// Package page opens the hand-over page in Chromium, as a traveller does. It needs
// neither root nor the lab's network.
package page

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sync"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// Browser is a Chromium without a window. Its only way to the network is a proxy that
// plays the whole Internet: it notes each request, and serves what Serve has given it.
type Browser struct {
	ctx       context.Context
	cancel    func()
	proxy     net.Listener
	downloads string
	temporary string // folder

	mu       sync.Mutex
	served   map[string][]byte // by URL
	forward  []string          // hosts that answer by themselves
	requests []string          // method and URL of each request to the proxy
}

// Start starts a browser that saves files in a folder.
func Start(ctx context.Context, downloads string) (*Browser, error) {
	proxy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("starting the browser's proxy: %w", err)
	}
	temporary, err := os.MkdirTemp("", "tripvpn-page-")
	if err != nil {
		_ = proxy.Close()
		return nil, fmt.Errorf("starting the browser: %w", err)
	}
	b := &Browser{proxy: proxy, temporary: temporary, served: map[string][]byte{}}
	go func() { _ = http.Serve(proxy, b) }() // until Close closes the listener
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ProxyServer(proxy.Addr().String()),
		chromedp.Flag("proxy-bypass-list", "<-loopback>"),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"), // no name is looked up beside the proxy
		chromedp.Flag("disable-component-update", true),
		chromedp.DisableGPU,
		chromedp.Env("TMPDIR="+temporary), // Chromium leaves folders there
	)
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // which Chromium demands of root
	}
	allocator, endAllocator := chromedp.NewExecAllocator(ctx, options...)
	b.ctx, b.cancel = chromedp.NewContext(allocator)
	end := b.cancel
	b.cancel = func() { end(); endAllocator() }
	if err := chromedp.Do(b.ctx); err != nil {
		b.Close()
		return nil, fmt.Errorf("starting Chromium: %w", err)
	}
	if err := b.SaveIn(downloads); err != nil {
		b.Close()
		return nil, err
	}
	return b, nil
}

// SaveIn makes the browser save files in another folder.
func (b *Browser) SaveIn(downloads string) error {
	b.downloads = downloads
	events := true
	_, err := chromedp.CallBrowser(b.ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
		Behavior: browser.SetDownloadBehaviorBehaviorAllow, DownloadPath: downloads, EventsEnabled: &events,
	})
	if err != nil {
		return fmt.Errorf("setting the browser's folder for downloads: %w", err)
	}
	return nil
}

// Close ends the browser.
func (b *Browser) Close() {
	b.cancel()
	_ = b.proxy.Close()           // nothing is lost
	_ = os.RemoveAll(b.temporary) // what stays is for the system to remove
}

// Serve makes the Internet answer at a URL with a page.
func (b *Browser) Serve(address string, page []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.served[address] = page
}

// Forward makes the proxy pass on requests to a host of this machine, "127.0.0.1:7070".
func (b *Browser) Forward(host string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.forward = append(b.forward, host)
}

// ServeHTTP answers as the Internet.
func (b *Browser) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.requests = append(b.requests, r.Method+" "+r.URL.String())
	if slices.Contains(b.forward, r.URL.Host) {
		(&httputil.ReverseProxy{Rewrite: func(*httputil.ProxyRequest) {}}).ServeHTTP(w, r)
		return
	}
	page, known := b.served[r.URL.String()]
	if !known {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(page) // the browser notices if a part is missing
}

// chromiums matches what Chromium asks on its own account: the time, updates, what the fields
// of a form are for, how to load pages faster, and who is signed in.
var chromiums = regexp.MustCompile(`^(?:GET|POST|CONNECT) (?:https?:)?//(?:clients2\.google\.com/time/|(?:(?:update|content-autofill|optimizationguide-pa)\.googleapis|accounts\.google)\.com[:/])`)

// Requests returns what pages have asked of the Internet, and all else but Chromium's own
// requests.
func (b *Browser) Requests() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(b.requests), chromiums.MatchString)
}

// Tab is an open page.
type Tab struct {
	ctx     context.Context
	browser *Browser

	mu       sync.Mutex
	requests []string // URL of everything that the page loaded
}

// Open opens a page: the path of a file or an address. The steps are done before.
func (b *Browser) Open(address string, before ...chromedp.Action[chromedp.Void]) (*Tab, func(), error) {
	if filepath.IsAbs(address) {
		address = (&url.URL{Scheme: "file", Path: address}).String()
	}
	ctx, cancel := chromedp.NewContext(b.ctx)
	tab := &Tab{ctx: ctx, browser: b}
	err := chromedp.Listen(ctx, func(event any) {
		if sent, ok := event.(*network.EventRequestWillBeSent); ok {
			tab.mu.Lock()
			defer tab.mu.Unlock()
			tab.requests = append(tab.requests, sent.Request.URL)
		}
	})
	if err == nil {
		err = chromedp.Do(ctx, append(before, chromedp.Navigate(address))...)
	}
	if err != nil {
		cancel()
		return nil, nil, fmt.Errorf("opening %q: %w", address, err)
	}
	return tab, cancel, nil
}

// Do does steps in the tab.
func (t *Tab) Do(steps ...chromedp.Action[chromedp.Void]) error { return chromedp.Do(t.ctx, steps...) }

// Requests returns the URLs of everything that the page has loaded.
func (t *Tab) Requests() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.requests)
}

// Evaluate returns the value of a JavaScript expression, also of a promise's.
func Evaluate[T any](t *Tab, expression string) (T, error) {
	value, err := chromedp.Run(t.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		err = fmt.Errorf("evaluating %q: %w", expression, err)
	}
	return value, err
}
