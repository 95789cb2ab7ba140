package mirror

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// cache keeps fetched files on disk, under the hash of their URL, with the
// archive's own time of modification. When a file was last known to be
// current is remembered as long as the process lives.
type cache struct {
	folder  string
	mu      *sync.Mutex
	checked map[string]time.Time
}

func newCache(folder string) cache {
	return cache{folder: folder, mu: new(sync.Mutex), checked: map[string]time.Time{}}
}

func (c cache) file(url string) string {
	sum := sha256.Sum256([]byte(url))
	return filepath.Join(c.folder, hex.EncodeToString(sum[:]))
}

func (c cache) modified(url string) (time.Time, bool) {
	info, err := os.Stat(c.file(url))
	if err != nil {
		return time.Time{}, false
	}
	return info.ModTime(), true
}

func (c cache) fresh(url string, immutable bool) bool {
	if _, there := c.modified(url); !there {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return immutable || time.Since(c.checked[url]) < indexLife
}

func (c cache) confirm(url string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.checked[url] = time.Now()
}

// store saves the body of a response, if it is complete.
func (c cache) store(url string, response *http.Response) error {
	if err := os.MkdirAll(c.folder, 0o755); err != nil {
		return fmt.Errorf("storing %q: %w", url, err)
	}
	temp, err := os.CreateTemp(c.folder, "partial-*")
	if err != nil {
		return fmt.Errorf("storing %q: %w", url, err)
	}
	defer os.Remove(temp.Name())
	defer temp.Close()
	size, err := io.Copy(temp, response.Body)
	if err != nil {
		return fmt.Errorf("fetching %q: %w", url, err)
	}
	if want := response.ContentLength; want >= 0 && size != want {
		return fmt.Errorf("fetching %q: got %d bytes of %d", url, size, want)
	}
	if err := temp.Close(); err != nil {
		return fmt.Errorf("storing %q: %w", url, err)
	}
	if err := keepTime(temp.Name(), response.Header.Get("Last-Modified")); err != nil {
		return fmt.Errorf("storing %q: %w", url, err)
	}
	if err := os.Rename(temp.Name(), c.file(url)); err != nil {
		return fmt.Errorf("storing %q: %w", url, err)
	}
	c.confirm(url)
	return nil
}

// keepTime sets a file's time to that of its Last-Modified header, by which apt and
// the archive know whether it changed. Without one the file keeps its own.
func keepTime(file, header string) error {
	modified, err := http.ParseTime(header)
	if err != nil {
		return nil
	}
	return os.Chtimes(file, modified, modified)
}
