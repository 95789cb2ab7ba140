package page

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Words types words into the page, key by key, and presses Enter.
func Words(words string) chromedp.Action[chromedp.Void] {
	return chromedp.SendKeys(chromedp.CSS("#passphrase"), words+kb.Enter)
}

// Opened waits until the page has opened the profile.
func Opened() chromedp.Action[chromedp.Void] { return chromedp.WaitVisible(chromedp.CSS("#save")) }

// Save does a step that makes the browser save a file, and returns the file's name and
// content.
func (t *Tab) Save(step chromedp.Action[chromedp.Void]) (name string, content []byte, err error) {
	ctx, cancel := context.WithCancel(t.ctx)
	defer cancel()
	begins := chromedp.BrowserEvents(ctx, browser.DownloadWillBegin)
	progress := chromedp.BrowserEvents(ctx, browser.DownloadProgress)
	if err := t.Do(step); err != nil {
		return "", nil, err
	}
	for begun, err := range begins {
		if err != nil {
			return "", nil, fmt.Errorf("waiting for a download: %w", err)
		}
		name = begun.SuggestedFilename
		break
	}
	for event, err := range progress {
		switch {
		case err != nil:
			return "", nil, fmt.Errorf("waiting for the download of %q: %w", name, err)
		case event.State == browser.DownloadProgressStateCanceled:
			return "", nil, errors.New("the browser cancelled the download")
		case event.State == browser.DownloadProgressStateCompleted:
			content, err := os.ReadFile(filepath.Join(t.browser.downloads, name))
			return name, content, err
		}
	}
	return "", nil, fmt.Errorf("waiting for the download of %q: %w", name, ctx.Err())
}

// Tapped is what a traveller gets from a page by its address.
type Tapped struct {
	Name     string // of the saved file
	Saved    []byte
	App      string   // where the button for one tap leads on a phone, or empty
	Requests []string // what the browser has asked for
}

// Tap opens a page by its address and saves the profile into a folder, as the traveller
// does.
func Tap(ctx context.Context, address, downloads string) (Tapped, error) {
	at, err := url.Parse(address)
	if err != nil {
		return Tapped{}, errors.New("the page's address is none") // which is a secret
	}
	b, err := Start(ctx, downloads)
	if err != nil {
		return Tapped{}, err
	}
	defer b.Close()
	b.Forward(at.Host)
	tab, leave, err := b.Open(address)
	if err != nil {
		return Tapped{}, err
	}
	defer leave()
	if err := tab.Do(Opened(), chromedp.Click(chromedp.CSS(`[value="android"]`))); err != nil {
		return Tapped{}, err
	}
	var tapped Tapped
	if tapped.App, err = Evaluate[string](tab, `((button) => button.checkVisibility() ? button.href : "")(document.getElementById("one-tap"))`); err != nil {
		return Tapped{}, err
	}
	tapped.Name, tapped.Saved, err = tab.Save(chromedp.Click(chromedp.CSS("#save")))
	tapped.Requests = b.Requests()
	return tapped, err
}

// Hand opens a page's file with words and saves the profile into a folder, as the traveller
// does. It returns the saved file's name and content.
func Hand(ctx context.Context, file, words, downloads string) (name string, content []byte, err error) {
	b, err := Start(ctx, downloads)
	if err != nil {
		return "", nil, err
	}
	defer b.Close()
	tab, leave, err := b.Open(file)
	if err != nil {
		return "", nil, err
	}
	defer leave()
	if err := tab.Do(Words(words), Opened()); err != nil {
		return "", nil, err
	}
	return tab.Save(chromedp.Click(chromedp.CSS("#save")))
}
