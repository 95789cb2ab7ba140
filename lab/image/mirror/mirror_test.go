package mirror

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/image/apt"
)

// archive is a server of files that remembers what it was asked for.
type archive struct {
	*httptest.Server
	mu    sync.Mutex
	asked []string
	files map[string]string
	hold  chan struct{} // if there is one, answers wait until it is closed
}

var modified = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func newArchive(t *testing.T, files map[string]string) *archive {
	a := &archive{files: files}
	a.Server = httptest.NewServer(a)
	t.Cleanup(a.Close)
	return a
}

func (a *archive) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	a.asked = append(a.asked, r.URL.Path)
	text, ok := a.files[r.URL.Path]
	a.mu.Unlock()
	if a.hold != nil {
		<-a.hold
	}
	if !ok {
		http.NotFound(w, r)
		return
	}
	http.ServeContent(w, r, "", modified, strings.NewReader(text))
}

func (a *archive) requests() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]string(nil), a.asked...)
}

// proxied is a client whose every request goes through a new proxy.
func proxied(t *testing.T, a *archive) (*http.Client, *Proxy) {
	main, err := url.Parse(a.URL + "/debian")
	require.NoError(t, err)
	proxy := New(apt.Archive{Main: main}, apt.Settings{"acquire::http::proxy": "DIRECT"}, t.TempDir())
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	at, err := url.Parse(server.URL)
	require.NoError(t, err)
	return &http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(at)}}, proxy
}

func get(t *testing.T, client *http.Client, url string) (int, string) {
	t.Helper()
	response, err := client.Get(url)
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(body)
}

func TestPackageIsFetchedOnce(t *testing.T) {
	a := newArchive(t, map[string]string{"/debian/pool/a_1.deb": "a package"})
	client, _ := proxied(t, a)
	for range 3 {
		status, body := get(t, client, a.URL+"/debian/pool/a_1.deb")
		require.Equal(t, http.StatusOK, status)
		require.Equal(t, "a package", body)
	}
	require.Equal(t, []string{"/debian/pool/a_1.deb"}, a.requests())
}

func TestIndexIsAskedForAgainWhenItIsOld(t *testing.T) {
	a := newArchive(t, map[string]string{"/debian/dists/x/InRelease": "one"})
	client, proxy := proxied(t, a)
	target := a.URL + "/debian/dists/x/InRelease"
	get(t, client, target)
	get(t, client, target)
	require.Len(t, a.requests(), 1, "it is young")

	proxy.cache.checked[target] = time.Now().Add(-2 * indexLife)
	_, body := get(t, client, target)
	require.Equal(t, "one", body, "from the cache: the archive says that it is unchanged")
	get(t, client, target)
	require.Len(t, a.requests(), 2)
}

func TestAptSeesTheArchivesTime(t *testing.T) {
	a := newArchive(t, map[string]string{"/debian/InRelease": "one"})
	client, _ := proxied(t, a)
	response, err := client.Head(a.URL + "/debian/InRelease")
	require.NoError(t, err)
	response.Body.Close()
	require.Equal(t, modified.Format(http.TimeFormat), response.Header.Get("Last-Modified"))
}

func TestForbidden(t *testing.T) {
	a := newArchive(t, map[string]string{"/secret": "x", "/debian/x": "x", "/debian-other/x": "x"})
	other := newArchive(t, map[string]string{"/debian/x": "x"})
	client, _ := proxied(t, a)
	for _, target := range []string{
		a.URL + "/secret",
		a.URL + "/debian-other/x",
		a.URL + "/debian/../secret",
		a.URL + "/debian/%2e%2e/secret",
		a.URL + "/debian/x?query",
		other.URL + "/debian/x",
	} {
		status, _ := get(t, client, target)
		require.Equal(t, http.StatusForbidden, status, target)
	}
	response, err := client.Post(a.URL+"/debian/x", "text/plain", strings.NewReader("x"))
	require.NoError(t, err)
	response.Body.Close()
	require.Equal(t, http.StatusForbidden, response.StatusCode)
	require.Empty(t, a.requests())
	require.Empty(t, other.requests())
}

func TestTunnelsAreForbidden(t *testing.T) {
	a := newArchive(t, nil)
	_, proxy := proxied(t, a)
	request := httptest.NewRequest(http.MethodConnect, "//"+strings.TrimPrefix(a.URL, "http://"), nil)
	answer := httptest.NewRecorder()
	proxy.ServeHTTP(answer, request)
	require.Equal(t, http.StatusForbidden, answer.Code)
}

func TestWhatIsMissingIsMissing(t *testing.T) {
	a := newArchive(t, nil)
	client, proxy := proxied(t, a)
	status, _ := get(t, client, a.URL+"/debian/none.deb")
	require.Equal(t, http.StatusNotFound, status)
	files, err := os.ReadDir(proxy.cache.folder)
	require.NoError(t, err)
	require.Empty(t, files)
}

func TestCutOffDownloadIsNotKept(t *testing.T) {
	cut := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		io.WriteString(w, "half")
	}))
	defer cut.Close()
	client, proxy := proxied(t, &archive{Server: cut})
	status, _ := get(t, client, cut.URL+"/debian/a.deb")
	require.Equal(t, http.StatusBadGateway, status)
	files, err := os.ReadDir(proxy.cache.folder)
	require.NoError(t, err)
	require.Empty(t, files)
}

func TestDownloadsAreShared(t *testing.T) {
	a := newArchive(t, map[string]string{"/debian/a.deb": "a package"})
	a.hold = make(chan struct{})
	client, _ := proxied(t, a)
	var group sync.WaitGroup
	for range 5 {
		group.Go(func() {
			_, body := get(t, client, a.URL+"/debian/a.deb")
			require.Equal(t, "a package", body)
		})
	}
	require.Eventually(t, func() bool { return len(a.requests()) == 1 }, 5*time.Second, time.Millisecond)
	close(a.hold)
	group.Wait()
	require.Len(t, a.requests(), 1)
}

func TestOnward(t *testing.T) {
	request := httptest.NewRequest(http.MethodGet, "https://archive.example/x", nil)
	proxy, err := onward(apt.Settings{"acquire::https::proxy": "http://proxy.example:3128"})(request)
	require.NoError(t, err)
	require.Equal(t, "proxy.example:3128", proxy.Host)
	proxy, err = onward(apt.Settings{"acquire::https::proxy": "DIRECT"})(request)
	require.NoError(t, err)
	require.Nil(t, proxy)
}
