// Package mirror connects the lab to Debian's archive: a forward proxy for apt
// that leads only to the configured archive, and keeps fetched files
// on disk. It is what keeps the lab's hosts off every other
// address.
package mirror

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"golang.org/x/sync/singleflight"

	"tripvpn/lab/image/apt"
)

// indexLife is how long an index is served from the cache before the archive
// is asked again whether it changed.
const indexLife = 10 * time.Minute

// Proxy answers what apt asks of its "Acquire::http::Proxy". It is an
// http.Handler.
type Proxy struct {
	bases  []*url.URL
	cache  cache
	client *http.Client
	flight singleflight.Group
}

// New leads to an archive. Files are kept in folder. settings say how the
// machine itself reaches the archive.
func New(archive apt.Archive, settings apt.Settings, folder string) *Proxy {
	bases := []*url.URL{archive.Main}
	if archive.Security != nil {
		bases = append(bases, archive.Security)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = onward(settings)
	// Indexes are compressed files, not compressed answers.
	transport.DisableCompression = true
	return &Proxy{
		bases:  bases,
		cache:  newCache(folder),
		client: &http.Client{Transport: transport},
	}
}

// onward is the proxy that this machine's apt uses, else the environment's.
func onward(settings apt.Settings) func(*http.Request) (*url.URL, error) {
	return func(r *http.Request) (*url.URL, error) {
		switch proxy := settings.Proxy(r.URL.Scheme); proxy {
		case "":
			return http.ProxyFromEnvironment(r)
		case "DIRECT":
			return nil, nil
		default:
			return url.Parse(proxy)
		}
	}
}

func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	target, allowed := p.target(r)
	if !allowed {
		http.Error(w, "this proxy leads to the package archive only", http.StatusForbidden)
		return
	}
	// Hosts that ask for the same file at the same time share one download,
	// which therefore must not end with one host's request.
	ctx := context.WithoutCancel(r.Context())
	_, err, _ := p.flight.Do(target.String(), func() (any, error) { return nil, p.ensure(ctx, target) })
	var status statusError
	switch {
	case errors.As(err, &status):
		http.Error(w, err.Error(), int(status))
	case err != nil:
		http.Error(w, err.Error(), http.StatusBadGateway)
	default:
		http.ServeFile(w, withoutPath(r), p.cache.file(target.String()))
	}
}

// withoutPath hides the URL from http.ServeFile: the file has a name
// of its own.
func withoutPath(r *http.Request) *http.Request {
	plain := *r
	plain.URL = &url.URL{Path: "/"}
	return &plain
}

// target is the URL to fetch for a request, if it is one of the archive's. In
// the lab every archive is asked for over HTTP; here its own scheme counts.
func (p *Proxy) target(r *http.Request) (*url.URL, bool) {
	if (r.Method != http.MethodGet && r.Method != http.MethodHead) || r.URL.Scheme != "http" {
		return nil, false
	}
	if r.URL.RawQuery != "" || path.Clean(r.URL.Path) != r.URL.Path {
		return nil, false
	}
	for _, base := range p.bases {
		if r.URL.Host == base.Host && strings.HasPrefix(r.URL.Path, base.Path+"/") {
			return base.JoinPath(strings.TrimPrefix(r.URL.Path, base.Path)), true
		}
	}
	return nil, false
}

// ensure sees to it that the cache has a file and that it is fresh.
func (p *Proxy) ensure(ctx context.Context, target *url.URL) error {
	name := target.String()
	if p.cache.fresh(name, immutable(target)) {
		return nil
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, name, nil)
	if err != nil {
		return fmt.Errorf("fetching %q: %w", name, err)
	}
	if modified, ok := p.cache.modified(name); ok {
		request.Header.Set("If-Modified-Since", modified.UTC().Format(http.TimeFormat))
	}
	response, err := p.client.Do(request)
	if err != nil {
		return fmt.Errorf("fetching %q: %w", name, err)
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusOK:
		return p.cache.store(name, response)
	case http.StatusNotModified:
		p.cache.confirm(name)
		return nil
	}
	return statusError(response.StatusCode)
}

// immutable matches files that never change under their name: packages, which
// have their version in it, and indexes that are named by their hash.
func immutable(u *url.URL) bool {
	return path.Ext(u.Path) == ".deb" || strings.Contains(u.Path, "/by-hash/")
}

// statusError is an answer of the archive other than a file.
type statusError int

func (e statusError) Error() string {
	return fmt.Sprintf("the archive answered %d %s", int(e), http.StatusText(int(e)))
}
