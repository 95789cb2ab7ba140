package traveller

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// Transfer is an amount of data and the time that it took.
type Transfer struct {
	Bytes int64
	Time  time.Duration
}

// Mbps is the transfer's rate in megabits per second.
func (t Transfer) Mbps() float64 { return float64(t.Bytes) * 8 / 1e6 / t.Time.Seconds() }

// Download gets a page without end for that long.
func (t *Traveller) Download(ctx context.Context, url string, duration time.Duration) (Transfer, error) {
	body, err := t.exchange(ctx, http.MethodGet, url, nil)
	if err != nil {
		return Transfer{}, err
	}
	defer body.Close()
	began := time.Now()
	n, err := io.CopyBuffer(io.Discard, &limited{body, began.Add(duration)}, make([]byte, 64<<10))
	return Transfer{n, time.Since(began)}, err
}

// Upload sends zeros to a page for that long. It answers with the number of
// bytes that it got.
func (t *Traveller) Upload(ctx context.Context, url string, duration time.Duration) (Transfer, error) {
	began := time.Now()
	body, err := t.exchange(ctx, http.MethodPost, url, &limited{endless{}, began.Add(duration)})
	if err != nil {
		return Transfer{}, err
	}
	defer body.Close()
	text, err := io.ReadAll(body)
	if err != nil {
		return Transfer{}, err
	}
	n, err := strconv.ParseInt(string(text), 10, 64)
	return Transfer{n, time.Since(began)}, err
}

func (t *Traveller) exchange(ctx context.Context, method, url string, body io.Reader) (io.ReadCloser, error) {
	request, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return nil, err
	}
	client := http.Client{Transport: &http.Transport{
		DialContext: t.Dial, DisableKeepAlives: true, DisableCompression: true, WriteBufferSize: 64 << 10,
	}}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, errors.Join(fmt.Errorf("%s %q: the answer is %s", method, url, response.Status), response.Body.Close())
	}
	return response.Body, nil
}

// limited ends at a time.
type limited struct {
	io.Reader
	until time.Time
}

func (l *limited) Read(p []byte) (int, error) {
	if time.Now().After(l.until) {
		return 0, io.EOF
	}
	return l.Reader.Read(p)
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { clear(p); return len(p), nil }
