package internet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"
)

// Web is the web server. It is safe for use by several goroutines.
type Web struct {
	mu      sync.Mutex
	callers []netip.Addr
	ahead   time.Duration
	server  *http.Server
}

// Listener opens a server's listening sockets.
type Listener func(ctx context.Context, network, address string) (net.Listener, error)

// Serve starts a web server on port 80 of the given addresses.
//
//	GET /address   the caller's address as text, and a newline
//	GET /success.txt  the page by which Firefox finds login pages
//	GET /stream    a line every 50 ms, until the caller leaves
//	GET /zeros/N   N zero bytes
//	GET /zeros     zero bytes as fast as possible, until the caller leaves
//	POST /zeros    reads a body, and answers with its size in bytes as text
func Serve(ctx context.Context, listen Listener, addresses ...netip.Addr) (*Web, error) {
	w := &Web{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /address", w.address)
	mux.HandleFunc("GET /success.txt", w.success)
	mux.HandleFunc("GET /stream", stream)
	mux.HandleFunc("GET /zeros", zeros)
	mux.HandleFunc("GET /zeros/{count}", someZeros)
	mux.HandleFunc("POST /zeros", size)
	w.server = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	for _, a := range addresses {
		l, err := listen(ctx, "tcp", netip.AddrPortFrom(a, 80).String())
		if err != nil {
			return nil, errors.Join(fmt.Errorf("starting web server: %w", err), w.Close())
		}
		go w.server.Serve(l)
	}
	return w, nil
}

// Close stops the server.
func (w *Web) Close() error { return w.server.Close() }

// Callers returns the addresses of all requests so far, in order of arrival.
func (w *Web) Callers() []netip.Addr {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]netip.Addr(nil), w.callers...)
}

// Forget empties the list of callers.
func (w *Web) Forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.callers = nil
}

// SetClock puts the clock that /success.txt shows ahead of this machine's.
func (w *Web) SetClock(ahead time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ahead = ahead
}

// success answers as detectportal.firefox.com.
func (w *Web) success(rw http.ResponseWriter, _ *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	rw.Header().Set("Date", time.Now().Add(w.ahead).UTC().Format(http.TimeFormat))
	io.WriteString(rw, "success\n")
}

func stream(rw http.ResponseWriter, r *http.Request) {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for n := 0; ; n++ {
		if _, err := fmt.Fprintln(rw, n); err != nil {
			return
		}
		rw.(http.Flusher).Flush()
		select {
		case <-tick.C:
		case <-r.Context().Done():
			return
		}
	}
}

func zeros(rw http.ResponseWriter, _ *http.Request) {
	for block := make([]byte, 64<<10); ; {
		if _, err := rw.Write(block); err != nil {
			return
		}
	}
}

func someZeros(rw http.ResponseWriter, r *http.Request) {
	count, err := strconv.ParseInt(r.PathValue("count"), 10, 32)
	if err != nil || count < 0 {
		http.Error(rw, "no number", http.StatusBadRequest)
		return
	}
	rw.Header().Set("Content-Length", strconv.FormatInt(count, 10))
	for block := make([]byte, 64<<10); count > 0; count -= int64(len(block)) {
		if _, err := rw.Write(block[:min(count, int64(len(block)))]); err != nil {
			return
		}
	}
}

func size(rw http.ResponseWriter, r *http.Request) {
	n, err := io.CopyBuffer(io.Discard, r.Body, make([]byte, 64<<10))
	if err != nil {
		http.Error(rw, err.Error(), http.StatusBadRequest)
		return
	}
	fmt.Fprint(rw, n)
}

func (w *Web) address(rw http.ResponseWriter, r *http.Request) {
	caller, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		http.Error(rw, "no address", http.StatusInternalServerError)
		return
	}
	w.mu.Lock()
	w.callers = append(w.callers, caller.Addr())
	w.mu.Unlock()
	io.WriteString(rw, caller.Addr().String()+"\n")
}
