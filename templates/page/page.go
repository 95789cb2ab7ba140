// Package page renders the page with which a traveller receives a profile, and the
// message that goes with it. It is not a part of the package templates, because that is
// in the host binary.
//
// A page is one HTML file that loads nothing. The text is in en.html.tmpl and
// message.en.tmpl; for another language, translate these two. The page's scripts contain
// no text: open.js decrypts, and page.js shows and hides elements by their ID.
package page

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"strings"
	text "text/template"
	"time"
)

//go:embed *.tmpl *.css *.js
var files embed.FS

// Page is what a page shows and contains.
type Page struct {
	Device      string
	Fingerprint string    // of the profile
	Until       time.Time // when the profile stops working, in UTC
	Places      []string  // of the servers: "Ireland (eu-west-1)"
	Sealed      []byte    // the profile, as internal/handover seals it
	Words       []string  // every word that can open a page, to find typing errors
	Linked      bool      // the key behind the "#" of its address opens the page, not words
}

// Render renders the page. It holds the browser to its own style and scripts, by their
// hashes, and to no request at all. See https://www.w3.org/TR/CSP3.
func (p Page) Render() ([]byte, error) {
	style, errStyle := files.ReadFile("page.css")
	opener, errOpener := files.ReadFile("open.js")
	script, errScript := files.ReadFile("page.js")
	for _, err := range []error{errStyle, errOpener, errScript} {
		if err != nil {
			return nil, fmt.Errorf("rendering the page: %w", err)
		}
	}
	t, err := template.New("page.html.tmpl").Option("missingkey=error").Funcs(template.FuncMap{"date": date}).
		ParseFS(files, "page.html.tmpl", "en.html.tmpl")
	if err != nil {
		return nil, fmt.Errorf("parsing the page's templates: %w", err)
	}
	var html bytes.Buffer
	err = t.Execute(&html, struct {
		Page
		Policy         template.HTMLAttr
		Style          template.CSS
		Opener, Script template.JS
		Sealed, Words  template.HTML // neither has a character of HTML
	}{
		p,
		template.HTMLAttr(`content="` + policy(style, opener, script) + `"`),
		template.CSS(style), template.JS(opener), template.JS(script),
		template.HTML(lines(base64.StdEncoding.EncodeToString(p.Sealed))),
		template.HTML(strings.Join(p.Words, "\n")),
	})
	if err != nil {
		return nil, fmt.Errorf("rendering the page: %w", err)
	}
	return html.Bytes(), nil
}

// policy is the page's content security policy.
func policy(style []byte, scripts ...[]byte) string {
	allowed := "default-src 'none'; base-uri 'none'; form-action 'none'; style-src " + source(style) + "; script-src"
	for _, script := range scripts {
		allowed += " " + source(script)
	}
	return allowed
}

func source(content []byte) string {
	sum := sha256.Sum256(content)
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// lines breaks a text into lines of 76 characters.
func lines(text string) string {
	var broken strings.Builder
	for len(text) > 76 {
		broken.WriteString(text[:76] + "\n")
		text = text[76:]
	}
	broken.WriteString(text)
	return broken.String()
}

// Message is the text that the operator sends with the page's file.
type Message struct {
	Device     string
	File       string    // name of the page's file, or empty
	Address    string    // of the page, a secret, or empty
	AddressEnd time.Time // when the address stops working, in UTC
	Until      time.Time // when the profile stops working, in UTC
}

// Render renders the message.
func (m Message) Render() (string, error) {
	t, err := text.New("message.en.tmpl").Option("missingkey=error").Funcs(text.FuncMap{"date": date}).
		ParseFS(files, "message.en.tmpl")
	if err != nil {
		return "", fmt.Errorf("parsing the message's template: %w", err)
	}
	var said strings.Builder
	if err := t.Execute(&said, m); err != nil {
		return "", fmt.Errorf("rendering the message: %w", err)
	}
	return said.String(), nil
}

// date writes an end as people read it.
func date(t time.Time) string { return t.Format("2 January 2006, 15:04 UTC") }
