// Package apt reads a Debian machine's apt configuration, to find where that
// machine gets Debian from. It changes nothing and contains no name of a mirror.
package apt

import (
	"path"
	"slices"
	"strings"
)

// Source is one archive of a sources.list(5), in either form.
type Source struct {
	URIs       []string
	Suites     []string
	Components []string
	SignedBy   string // key file, fingerprint, or empty
}

// Parse reads the text of a file in /etc/apt/sources.list.d, whose name says
// which form it has: ".sources" is deb822, ".list" has one line per source.
// Every other file has none, as for apt. Sources that are disabled or hold no
// binary packages are left out.
func Parse(name, text string) []Source {
	switch path.Ext(name) {
	case ".list":
		return parseLines(text)
	case ".sources":
		return parseStanzas(text)
	}
	return nil
}

// parseLines reads "deb [option=value …] URI suite component…".
func parseLines(text string) []Source {
	var sources []Source
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		rest, found := strings.CutPrefix(strings.TrimSpace(line), "deb ")
		if !found {
			continue
		}
		options := ""
		if rest = strings.TrimSpace(rest); strings.HasPrefix(rest, "[") {
			options, rest, _ = strings.Cut(rest[1:], "]")
		}
		if words := strings.Fields(rest); len(words) >= 2 {
			sources = append(sources, Source{
				URIs:       words[:1],
				Suites:     words[1:2],
				Components: words[2:],
				SignedBy:   option(options, "signed-by"),
			})
		}
	}
	return sources
}

func option(options, key string) string {
	for _, o := range strings.Fields(options) {
		if name, value, _ := strings.Cut(o, "="); strings.EqualFold(name, key) {
			return value
		}
	}
	return ""
}

// parseStanzas reads deb822 (apt's sources.list(5)): stanzas of "Field: value",
// apart by empty lines; a line that starts with a blank continues the field.
func parseStanzas(text string) []Source {
	var sources []Source
	for _, stanza := range stanzas(text) {
		enabled := !slices.Contains([]string{"no", "false", "0", "off"}, strings.ToLower(stanza["enabled"]))
		if !enabled || !slices.Contains(strings.Fields(stanza["types"]), "deb") {
			continue
		}
		sources = append(sources, Source{
			URIs:       strings.Fields(stanza["uris"]),
			Suites:     strings.Fields(stanza["suites"]),
			Components: strings.Fields(stanza["components"]),
			SignedBy:   stanza["signed-by"],
		})
	}
	return sources
}

func stanzas(text string) []map[string]string {
	var all []map[string]string
	fields, key := map[string]string{}, ""
	finish := func() {
		if len(fields) > 0 {
			all = append(all, fields)
		}
		fields, key = map[string]string{}, ""
	}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, " \t\r\n")
		name, value, isField := strings.Cut(line, ":")
		switch {
		case line == "":
			finish()
		case line[0] == '#':
		case line[0] == ' ' || line[0] == '\t':
			fields[key] += "\n" + strings.TrimSpace(line)
		case isField:
			key = strings.ToLower(name)
			fields[key] = strings.TrimSpace(value)
		}
	}
	finish()
	return all
}
