package internet

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"sync"
)

// Sink receives datagrams, answers none, and counts them by source address. It
// is safe for use by several goroutines.
type Sink struct {
	sockets []net.PacketConn

	mu      sync.Mutex
	sources map[netip.Addr]int
}

// SinkPort is the UDP port of a sink: discard (RFC 863).
const SinkPort = 9

// ServeSink starts a sink at the given addresses.
func ServeSink(ctx context.Context, packets PacketListener, addresses ...netip.Addr) (*Sink, error) {
	s := &Sink{sources: map[netip.Addr]int{}}
	for _, a := range addresses {
		conn, err := packets(ctx, "udp", netip.AddrPortFrom(a, SinkPort).String())
		if err != nil {
			return nil, errors.Join(fmt.Errorf("starting sink: %w", err), s.Close())
		}
		s.sockets = append(s.sockets, conn)
		go s.take(conn)
	}
	return s, nil
}

func (s *Sink) take(conn net.PacketConn) {
	for {
		_, source, err := conn.ReadFrom(make([]byte, 1))
		if err != nil {
			return
		}
		s.mu.Lock()
		s.sources[source.(*net.UDPAddr).AddrPort().Addr().Unmap()]++
		s.mu.Unlock()
	}
}

// Sources returns the number of datagrams from each address.
func (s *Sink) Sources() map[netip.Addr]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.sources)
}

// Forget sets all counts to zero.
func (s *Sink) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.sources)
}

// Close stops the sink.
func (s *Sink) Close() error {
	var errs []error
	for _, conn := range s.sockets {
		errs = append(errs, conn.Close())
	}
	return errors.Join(errs...)
}
