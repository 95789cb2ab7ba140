package internet

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/netip"
	"sync"
	"time"
)

// DNS is a name server, and a resolver for whoever wants one. It is safe for
// use by several goroutines.
//
// Differences from the real ones: every question reaches it, and no resolver
// keeps an answer, so that a TTL has no effect; it has addresses and nothing
// else to tell; it takes no part in EDNS; and it says NXDOMAIN about a name that
// is in none of its zones, because on the lab's Internet there are no others.
type DNS struct {
	zones   Zones
	sockets []io.Closer

	mu      sync.Mutex
	queries []Query
}

// Query is a question that was asked.
type Query struct {
	Name  string // in lower case, without a final dot
	Asker netip.Addr
}

// PacketListener opens sockets for datagrams where a server shall stand.
type PacketListener func(ctx context.Context, network, address string) (net.PacketConn, error)

// idle is how long the server waits for a caller over TCP.
const idle = 10 * time.Second

// ServeDNS starts a name server on port 53 of the given addresses, over UDP
// and TCP.
func ServeDNS(
	ctx context.Context, zones Zones, listen Listener, packets PacketListener, addresses ...netip.Addr,
) (*DNS, error) {
	d := &DNS{zones: zones}
	for _, a := range addresses {
		if err := d.stand(ctx, listen, packets, netip.AddrPortFrom(a, 53).String()); err != nil {
			return nil, errors.Join(fmt.Errorf("starting name server: %w", err), d.Close())
		}
	}
	return d, nil
}

func (d *DNS) stand(ctx context.Context, listen Listener, packets PacketListener, at string) error {
	datagrams, err := packets(ctx, "udp", at)
	if err != nil {
		return err
	}
	d.sockets = append(d.sockets, datagrams)
	streams, err := listen(ctx, "tcp", at)
	if err != nil {
		return err
	}
	d.sockets = append(d.sockets, streams)
	go d.serveDatagrams(datagrams)
	go d.serveStreams(streams)
	return nil
}

// Close stops the server. Callers over TCP are served until they leave.
func (d *DNS) Close() error {
	var errs []error
	for _, socket := range d.sockets {
		errs = append(errs, socket.Close())
	}
	return errors.Join(errs...)
}

// Queries are all questions so far, in order of arrival. A program that looks
// for an address of either family asks twice.
func (d *DNS) Queries() []Query {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]Query(nil), d.queries...)
}

// Forget empties the list of queries.
func (d *DNS) Forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.queries = nil
}

func (d *DNS) serveDatagrams(conn net.PacketConn) {
	message := make([]byte, math.MaxUint16)
	for {
		n, asker, err := conn.ReadFrom(message)
		if err != nil {
			return
		}
		if reply, err := d.reply(message[:n], asker, maxDatagram); err == nil {
			conn.WriteTo(reply, asker)
		}
	}
}

func (d *DNS) serveStreams(listener net.Listener) {
	for conn, err := listener.Accept(); err == nil; conn, err = listener.Accept() {
		go func() {
			defer conn.Close()
			for d.serveStream(conn) == nil {
			}
		}()
	}
}

// serveStream answers one message, which has its length before it (RFC 1035,
// 4.2.2).
func (d *DNS) serveStream(conn net.Conn) error {
	if err := conn.SetDeadline(time.Now().Add(idle)); err != nil {
		return err
	}
	var length uint16
	if err := binary.Read(conn, binary.BigEndian, &length); err != nil {
		return err
	}
	message := make([]byte, length)
	if _, err := io.ReadFull(conn, message); err != nil {
		return err
	}
	reply, err := d.reply(message, conn.RemoteAddr(), math.MaxUint16)
	if err != nil {
		return err
	}
	_, err = conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(reply))), reply...))
	return err
}

// reply answers a message, and remembers it.
func (d *DNS) reply(message []byte, asker net.Addr, limit int) ([]byte, error) {
	header, questions, err := question(message)
	if err != nil {
		return nil, err
	}
	from, err := netip.ParseAddrPort(asker.String())
	if err != nil {
		return nil, fmt.Errorf("reading the asker's address: %w", err)
	}
	d.mu.Lock()
	for _, q := range questions {
		d.queries = append(d.queries, Query{plain(q.Name), from.Addr()})
	}
	d.mu.Unlock()
	return pack(d.zones.answer(header, questions), limit)
}
