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

// lend lends a page of a device, and returns its address.
func lend(t *testing.T, store link.Store, device, page string, duration time.Duration) string {
	t.Helper()
	now := time.Now()
	return lendLink(t, store, link.Link{Device: device, Content: link.Page, Fingerprint: fingerprint, End: store.End(now, duration)}, page)
}

func lendLink(t *testing.T, store link.Store, l link.Link, content string) string {
	t.Helper()
	loan, err := store.Sign(t.Context(), l, time.Now())
	require.NoError(t, err)
	require.NoError(t, store.Lend(t.Context(), loan, []byte(content)))
	return loan.Address
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
	end := store.End(time.Now(), 3*time.Second)
	address := lend(t, store, "darrell", "<p>page", 3*time.Second)
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

// OpenVPN Connect refuses a profile of another type.
func TestEachContentHasItsType(t *testing.T) {
	store, _ := open(t)
	for content, want := range map[link.Content]string{link.Page: "text/html; charset=utf-8", link.Profile: "application/x-openvpn-profile"} {
		end := store.End(time.Now(), time.Hour)
		response, err := http.Get(lendLink(t, store, link.Link{Device: "darrell", Content: content, Fingerprint: fingerprint, End: end}, "content"))
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, http.StatusOK, response.StatusCode)
		require.Equal(t, want, response.Header.Get("Content-Type"))
		require.Equal(t, "no-store", response.Header.Get("Cache-Control"))
	}
}

func TestASignatureOpensOneObject(t *testing.T) {
	store, _ := open(t)
	one := lend(t, store, "darrell", "one", time.Hour)
	other := lend(t, store, "phone", "other", time.Hour)
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
	end := store.End(time.Now(), time.Hour)
	page := lend(t, store, "darrell", "page", time.Hour)
	unsealed := link.Link{Device: "darrell", Content: link.Profile, Fingerprint: fingerprint, End: end}
	profile := lendLink(t, store, unsealed, "profile")
	kept := lend(t, store, "darrell-phone", "page", time.Hour)
	links, err := store.List(t.Context())
	require.NoError(t, err)
	require.Len(t, links, 3)
	require.Contains(t, links, unsealed)

	number, err := store.Withdraw(t.Context(), "darrell", "")
	require.NoError(t, err)
	require.Equal(t, 2, number, "not those of darrell-phone")
	again := lend(t, store, "darrell", "page", time.Hour)
	for _, dead := range []string{page, profile} {
		status, _ := get(t, dead)
		require.Equal(t, http.StatusNotFound, status)
	}
	for _, address := range []string{kept, again} {
		status, _ := get(t, address)
		require.Equal(t, http.StatusOK, status)
	}
}

func TestOnlyLinksWithAnOldProfileAreWithdrawn(t *testing.T) {
	store, _ := open(t)
	old := lend(t, store, "darrell", "old", time.Hour)
	present := lendLink(t, store, link.Link{
		Device: "darrell", Content: link.Page, Fingerprint: "fedcba9876543210", End: store.End(time.Now(), time.Hour),
	}, "present")
	number, err := store.Withdraw(t.Context(), "darrell", "fedcba9876543210")
	require.NoError(t, err)
	require.Equal(t, 1, number)
	status, _ := get(t, old)
	require.Equal(t, http.StatusNotFound, status)
	_, body := get(t, present)
	require.Equal(t, "present", body)
}

func TestABucketThatIsGoneIsExplained(t *testing.T) {
	_, _ = open(t)
	store, err := link.Open(t.Context(), "other", region)
	require.NoError(t, err)
	_, err = store.List(t.Context())
	require.ErrorContains(t, err, "run pulumi up, which creates it again")
}
