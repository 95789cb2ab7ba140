package apt

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"slices"
	"strings"
)

// Archive is where Debian comes from: base URLs, without a slash at the end.
type Archive struct {
	Main     *url.URL
	Security *url.URL // nil if the machine has no security updates configured
}

// releases are the suites by which Debian's own archive is recognised: code
// names and the names that move with them.
var releases = []string{
	"bullseye", "bookworm", "trixie", "forky", "sid",
	"oldoldstable", "oldstable", "stable", "testing", "unstable",
}

// Load reads the apt configuration below root, a machine's file system.
func Load(root fs.FS) (Archive, error) {
	files, err := fs.Glob(root, "etc/apt/sources.list.d/*")
	if err != nil {
		return Archive{}, fmt.Errorf("listing apt's sources: %w", err)
	}
	var sources []Source
	for _, name := range append([]string{"etc/apt/sources.list"}, files...) {
		text, err := fs.ReadFile(root, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return Archive{}, fmt.Errorf("reading apt's sources: %w", err)
		}
		sources = append(sources, Parse(name, string(text))...)
	}
	return find(root, sources)
}

func find(root fs.FS, sources []Source) (Archive, error) {
	var a Archive
	for _, s := range sources {
		if !debian(s) {
			continue
		}
		base, err := address(root, s.URIs)
		if err != nil {
			return Archive{}, err
		}
		if base == nil {
			continue
		}
		for _, suite := range s.Suites {
			switch {
			case a.Main == nil && slices.Contains(releases, suite):
				a.Main = base
			case a.Security == nil && security(suite):
				a.Security = base
			}
		}
	}
	if a.Main == nil {
		return Archive{}, errors.New("looking for Debian's archive: apt has no source of a Debian release with component \"main\"; " +
			"the lab takes its packages from where this machine gets them")
	}
	return a, nil
}

// debian separates Debian's own archive from others with the same suite names:
// those bring a key of their own.
func debian(s Source) bool {
	ownKey := s.SignedBy != "" && !strings.Contains(s.SignedBy, "debian-archive")
	return slices.Contains(s.Components, "main") && !ownKey
}

func security(suite string) bool {
	release, found := strings.CutSuffix(suite, "-security")
	return found && slices.Contains(releases, release)
}

// address is the first of uris that is reached over HTTP, nil if none is.
func address(root fs.FS, uris []string) (*url.URL, error) {
	for _, uri := range uris {
		scheme, _, _ := strings.Cut(uri, ":")
		if !slices.Contains([]string{"http", "https", "mirror+file"}, scheme) {
			continue // a disc's URI would not even parse
		}
		u, err := url.Parse(strings.TrimRight(uri, "/"))
		if err != nil {
			return nil, fmt.Errorf("reading apt's sources: %w", err)
		}
		if scheme == "mirror+file" {
			return mirrorList(root, u.Path)
		}
		return u, nil
	}
	return nil, nil
}

// mirrorList reads a list of mirrors (apt-transport-mirror(1)), as Debian's
// cloud images have it: one URL a line, and something about it behind a tab.
func mirrorList(root fs.FS, file string) (*url.URL, error) {
	text, err := fs.ReadFile(root, strings.TrimPrefix(file, "/"))
	if err != nil {
		return nil, fmt.Errorf("reading apt's list of mirrors: %w", err)
	}
	var uris []string
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "#")
		if words := strings.Fields(line); len(words) > 0 {
			uris = append(uris, words[0])
		}
	}
	return address(root, uris)
}
