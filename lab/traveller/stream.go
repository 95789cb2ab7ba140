package traveller

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// Stream is a long download over one TCP connection. It notes when something
// arrives.
type Stream struct {
	cancel context.CancelFunc

	mu      sync.Mutex
	lines   int
	last    time.Time     // when a line arrived
	silence time.Duration // the longest between two lines
	err     error         // why it has ended
}

// Stream starts to download a page that does not end, through the tunnel if
// there is one.
func (t *Traveller) Stream(url string) (*Stream, error) {
	ctx, cancel := context.WithCancel(context.Background())
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		cancel()
		return nil, err
	}
	client := http.Client{Transport: &http.Transport{DialContext: t.Dial, DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		cancel()
		return nil, fmt.Errorf("starting a stream: %w", err)
	}
	s := &Stream{cancel: cancel, last: time.Now()}
	go s.read(response.Body)
	return s, nil
}

func (s *Stream) read(body io.ReadCloser) {
	defer body.Close()
	lines := bufio.NewScanner(body)
	for lines.Scan() {
		s.note(nil)
	}
	s.note(errors.Join(errors.New("the stream ended"), lines.Err()))
}

func (s *Stream) note(end error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err = end; end != nil {
		return
	}
	now := time.Now()
	s.silence = max(s.silence, now.Sub(s.last))
	s.lines, s.last = s.lines+1, now
}

// Lines is how many lines have arrived, or the reason why no more will.
func (s *Stream) Lines() (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lines, s.err
}

// Last is when something arrived last.
func (s *Stream) Last() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last
}

// Silence is how long nothing has arrived, and the longest time that was.
func (s *Stream) Silence() (now, longest time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now = time.Since(s.last)
	return now, max(now, s.silence)
}

// Close ends the download.
func (s *Stream) Close() { s.cancel() }
