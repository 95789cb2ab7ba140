// Package capture records the frames on a host's cable, at the router's end: there the
// host cannot hide a frame, and the device stays up when the host's goes down. It keeps
// them in memory.
package capture

import (
	"fmt"
	"slices"
	"sync"
	"time"
)

// Capture is a recording. It is safe for use by several goroutines.
type Capture struct {
	socket *socket
	ended  chan struct{}

	mu     sync.Mutex
	frames []Frame
	size   int // of all payloads, bytes
	err    error
}

// limit bounds the payloads of a recording, in bytes: a transfer of gigabytes must not
// fill the memory.
const limit = 256 << 20

// Start records from now on the frames on a cable whose router's end is the device port
// in a namespace. The device must exist for as long as the recording runs.
func Start(namespace, port string) (*Capture, error) {
	s, err := open(namespace, port)
	if err != nil {
		return nil, fmt.Errorf("recording on %q in namespace %q: %w", port, namespace, err)
	}
	c := &Capture{socket: s, ended: make(chan struct{})}
	go func() {
		defer close(c.ended)
		decoder := newDecoder()
		err := s.read(func(data []byte, sent bool) {
			f := decoder.decode(data)
			f.Time, f.Sent = time.Now(), sent
			c.add(f)
		})
		c.fail(err)
	}()
	return c, nil
}

func (c *Capture) add(f Frame) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.size += len(f.Payload); c.size <= limit {
		c.frames = append(c.frames, f)
	} else if c.err == nil {
		c.err = fmt.Errorf("recording: there are more than %d bytes of payload", limit)
	}
}

func (c *Capture) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil && err != nil {
		c.err = fmt.Errorf("recording: %w", err)
	}
}

// Frames returns the frames so far, in order of arrival.
func (c *Capture) Frames() []Frame {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.frames)
}

// Stop ends the recording and returns its frames. It fails if a frame is missing.
func (c *Capture) Stop() ([]Frame, error) {
	c.socket.interrupt()
	<-c.ended
	return c.Frames(), c.err
}
