package handshake

import (
	"context"
	"errors"
	"maps"
	"net"
	"os"
	"slices"
	"time"

	"tripvpn/internal/controlchannel"
)

const (
	// patience is the time after which packets without acknowledgement are sent again
	// over UDP.
	patience = time.Second
	// partSize is the payload of a packet, in bytes. With a wrapped key, the packet still
	// fits into IPv6's minimum of 1280 bytes.
	partSize = 800
	// window is the number of packets that may arrive before an earlier one.
	window = 16
)

// stream is the reliable layer of the control channel (reliable.c): numbered packets,
// acknowledged, and sent again if they are lost. It serves one goroutine.
type stream struct {
	net.Conn
	link      link
	ctx       context.Context
	session   *controlchannel.Session
	continued bool // the server has reacted to a packet after the reset

	sent    uint32                           // number of the last packet
	unacked map[uint32]func() []byte         // seals a sent packet again
	next    uint32                           // number of the next packet of the server
	early   map[uint32]controlchannel.Packet // later packets
	unread  []byte                           // of the TLS stream
}

func newStream(ctx context.Context, conn net.Conn, session *controlchannel.Session) *stream {
	return &stream{
		Conn: conn, link: linkOver(conn), ctx: ctx, session: session,
		unacked: map[uint32]func() []byte{}, early: map[uint32]controlchannel.Packet{},
	}
}

// reset exchanges the first packets.
func (s *stream) reset() error {
	if err := s.send(0, func() []byte { return s.session.Reset(0) }); err != nil {
		return err
	}
	for s.next == 0 {
		if err := s.receive(); err != nil {
			return err
		}
	}
	delete(s.unacked, 0)
	s.unread = nil // options, which are not of the TLS stream
	s.continued = false
	return nil
}

// send sends a packet, and again until it is acknowledged.
func (s *stream) send(number uint32, seal func() []byte) error {
	s.unacked[number] = seal
	return s.link.send(seal())
}

// Write implements net.Conn.
func (s *stream) Write(text []byte) (int, error) {
	for part := range slices.Chunk(slices.Clone(text), partSize) {
		s.sent++
		number := s.sent
		if err := s.send(number, func() []byte { return s.session.Control(number, part) }); err != nil {
			return 0, err
		}
	}
	return len(text), nil
}

// Read implements net.Conn.
func (s *stream) Read(into []byte) (int, error) {
	for len(s.unread) == 0 {
		if err := s.receive(); err != nil {
			return 0, err
		}
	}
	n := copy(into, s.unread)
	s.unread = s.unread[n:]
	return n, nil
}

// receive handles one packet, or sends those again that are not acknowledged. It ignores
// what is not a packet of the session: over UDP, anybody can send it.
func (s *stream) receive() error {
	if err := s.ctx.Err(); err != nil {
		return err
	}
	raw, err := s.link.receive()
	if errors.Is(err, os.ErrDeadlineExceeded) && s.ctx.Err() == nil {
		return s.repeat()
	}
	if err != nil {
		return err
	}
	packet, err := s.session.Open(raw)
	if err != nil {
		return nil
	}
	return s.accept(packet)
}

func (s *stream) repeat() error {
	for _, number := range slices.Sorted(maps.Keys(s.unacked)) {
		if err := s.link.send(s.unacked[number]()); err != nil {
			return err
		}
	}
	return nil
}

func (s *stream) accept(packet controlchannel.Packet) error {
	for _, number := range packet.Acks {
		delete(s.unacked, number)
	}
	s.continued = s.continued || packet.Ack || packet.Number > 0
	if packet.Ack {
		return nil
	}
	if packet.Number >= s.next && packet.Number-s.next < window {
		s.early[packet.Number] = packet
	}
	for next, ok := s.early[s.next]; ok; next, ok = s.early[s.next] {
		delete(s.early, s.next)
		s.next++
		s.unread = append(s.unread, next.Payload...)
	}
	if packet.Number == 0 {
		return nil // each of our packets acknowledges the answer to the reset
	}
	return s.link.send(s.session.Ack(packet.Number))
}
