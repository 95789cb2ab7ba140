// Package templates contains the text of every file that the project renders. A
// template has one typed view with one method Render. It contains no logic beyond if
// and range, and makes no decisions: its values are already validated.
//
// To add a template, write NAME.tmpl, a view struct with a method Render in its own
// file, and a line in TestGoldens.
package templates

import (
	"embed"
	"fmt"
	"strings"
	"text/template"
	"unicode"
)

//go:embed *.tmpl
var files embed.FS

// render fills the template of that file name with its view.
func render(file string, view any) (string, error) {
	t, err := template.New(file).Option("missingkey=error").ParseFS(files, file)
	if err != nil {
		return "", fmt.Errorf("parsing template %q: %w", file, err)
	}
	var text strings.Builder
	if err := t.Execute(&text, view); err != nil {
		return "", fmt.Errorf("rendering template %q: %w", file, err)
	}
	return text.String(), nil
}

// words rejects a value that would not stay one word of a configuration file, even
// though callers have validated it: a newline or a quote could inject a line.
func words(values ...string) error {
	for _, value := range values {
		if value == "" || strings.ContainsFunc(value, notOfAWord) {
			return fmt.Errorf("rendering value %q: it must be one word without quotes", value)
		}
	}
	return nil
}

func notOfAWord(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune(`"'\$%#;`+"`", r)
}
