package gateway

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/link"
	"tripvpn/lab/cloud/s3"
	"tripvpn/lab/poll"
)

const (
	region      = "eu-west-1"
	fingerprint = "0123456789abcdef"
)

// open opens the store of a bucket on a new server.
func open(t *testing.T) (link.Store, *Gateway) {
	t.Helper()
	folder := t.TempDir()
	require.NoError(t, s3.New(folder).CreateBucket("trip", region, nil))
	g, err := Start(t.Context(), folder, region)
	require.NoError(t, err)
	t.Cleanup(g.Close)
	for _, variable := range g.Environment() {
		name, value, _ := strings.Cut(variable, "=")
		t.Setenv(name, value)
	}
	store, err := link.Open(t.Context(), "trip", region)
	require.NoError(t, err)
	return store, g
}

// get returns the status and the body of an answer.
func get(t *testing.T, address string) (int, string) {
	t.Helper()
	response, err := http.Get(address)
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(body)
}

func TestALinkShowsThePageUntilItEnds(t *testing.T) {
	store, _ := open(t)
	address, end, err := store.Lend(t.Context(), "darrell", fingerprint, []byte("<p>page"), time.Now(), 3*time.Second)
	require.NoError(t, err)
	require.WithinDuration(t, time.Now().Add(3*time.Second), end, 2*time.Second)
	status, body := get(t, address)
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, "<p>page", body)

	waiting, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	require.NoError(t, poll.Until(waiting, 100*time.Millisecond, func() (bool, error) {
		status, body = get(t, address)
		return status != http.StatusOK, nil
	}))
	require.Equal(t, http.StatusForbidden, status)
	require.Contains(t, body, "Request has expired")
	require.False(t, time.Now().Before(end.Add(-time.Second)), "it did not end early")
}

func TestTheBrowserIsToldAPage(t *testing.T) {
	store, _ := open(t)
	address, _, err := store.Lend(t.Context(), "darrell", fingerprint, []byte("<p>page"), time.Now(), time.Hour)
	require.NoError(t, err)
	response, err := http.Get(address)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, "text/html; charset=utf-8", response.Header.Get("Content-Type"))
	require.Equal(t, "no-store", response.Header.Get("Cache-Control"))
}

func TestASignatureOpensOneObject(t *testing.T) {
	store, _ := open(t)
	one, _, err := store.Lend(t.Context(), "darrell", fingerprint, []byte("one"), time.Now(), time.Hour)
	require.NoError(t, err)
	other, _, err := store.Lend(t.Context(), "phone", fingerprint, []byte("other"), time.Now(), time.Hour)
	require.NoError(t, err)
	signed, err := url.Parse(one)
	require.NoError(t, err)
	target, err := url.Parse(other)
	require.NoError(t, err)

	target.RawQuery = signed.RawQuery
	status, body := get(t, target.String())
	require.Equal(t, http.StatusForbidden, status, body)
	longer := strings.Replace(one, "X-Amz-Expires=3", "X-Amz-Expires=9", 1)
	require.NotEqual(t, one, longer)
	status, _ = get(t, longer)
	require.Equal(t, http.StatusForbidden, status)
	target.RawQuery = ""
	for _, unsigned := range []string{target.String(), fmt.Sprintf("http://%s/trip", target.Host), fmt.Sprintf("http://%s/", target.Host)} {
		status, _ = get(t, unsigned)
		require.Equal(t, http.StatusForbidden, status, unsigned)
	}
}

func TestAWithdrawnLinkStaysDead(t *testing.T) {
	store, _ := open(t)
	lend := func(device string) string {
		address, _, err := store.Lend(t.Context(), device, fingerprint, []byte(device), time.Now(), time.Hour)
		require.NoError(t, err)
		return address
	}
	old, kept := lend("darrell"), lend("darrell-phone")
	links, err := store.List(t.Context())
	require.NoError(t, err)
	require.Len(t, links, 2)
	require.Equal(t, "darrell", links[0].Device)
	require.Equal(t, fingerprint, links[0].Fingerprint)

	number, err := store.Withdraw(t.Context(), "darrell")
	require.NoError(t, err)
	require.Equal(t, 1, number, "not those of darrell-phone")
	again := lend("darrell")
	status, _ := get(t, old)
	require.Equal(t, http.StatusNotFound, status)
	for _, address := range []string{kept, again} {
		status, _ = get(t, address)
		require.Equal(t, http.StatusOK, status)
	}
}

func TestABucketThatIsGoneIsExplained(t *testing.T) {
	_, _ = open(t)
	store, err := link.Open(t.Context(), "other", region)
	require.NoError(t, err)
	_, err = store.List(t.Context())
	require.ErrorContains(t, err, "run pulumi up, which creates it again")
}
