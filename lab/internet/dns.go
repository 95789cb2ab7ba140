package internet

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"

	"github.com/miekg/dns"
)

// DNS is a name server, and a resolver for any client. It is safe for use by
// several goroutines.
//
// Differences from the real ones: every question reaches it, and no resolver
// caches an answer, so a TTL has no effect. It has only address records. It
// does not support EDNS. It answers NXDOMAIN for a name outside its zones,
// because the lab's Internet has no others.
type DNS struct {
	zones   Zones
	servers []*dns.Server

	mu      sync.Mutex
	queries []Query
}

// Query is a question that was asked.
type Query struct {
	Name  string // in lower case, without a final dot
	Asker netip.Addr
}

// PacketListener opens a server's datagram sockets.
type PacketListener func(ctx context.Context, network, address string) (net.PacketConn, error)

// ServeDNS starts a name server on port 53 of the given addresses, over UDP
// and TCP. The unspecified IPv6 address stands for all addresses of both families
// (ipv6(7)); an answer comes from the address that was asked.
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
	if err := d.start(&dns.Server{PacketConn: datagrams, Handler: d.over(dns.MinMsgSize)}); err != nil {
		return err
	}
	streams, err := listen(ctx, "tcp", at)
	if err != nil {
		return err
	}
	return d.start(&dns.Server{Listener: streams, Handler: d.over(dns.MaxMsgSize)})
}

// start returns once the server can be shut down, or has failed to start.
func (d *DNS) start(server *dns.Server) error {
	started, ended := make(chan struct{}), make(chan error, 1)
	server.NotifyStartedFunc = func() { close(started) }
	go func() { ended <- server.ActivateAndServe() }()
	select {
	case <-started:
		d.servers = append(d.servers, server)
		return nil
	case err := <-ended:
		return err
	}
}

// Close stops the server, and ends connections that wait for a question.
func (d *DNS) Close() error {
	var errs []error
	for _, server := range d.servers {
		errs = append(errs, server.Shutdown())
	}
	return errors.Join(errs...)
}

// Queries returns all questions so far, in order of arrival. A program that
// looks up both address families asks twice.
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

// over answers questions in messages of up to size bytes, and records them. A
// longer answer is truncated and marked so: the client retries over TCP.
func (d *DNS) over(size int) dns.HandlerFunc {
	return func(w dns.ResponseWriter, asked *dns.Msg) {
		from, err := netip.ParseAddrPort(w.RemoteAddr().String())
		if err != nil {
			return
		}
		d.mu.Lock()
		d.queries = append(d.queries, Query{plain(asked.Question[0].Name), from.Addr().Unmap()})
		d.mu.Unlock()
		reply := d.zones.answer(asked)
		reply.Truncate(size)
		_ = w.WriteMsg(reply)
	}
}
