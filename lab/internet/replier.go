package internet

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// Replier answers each datagram with another. The question is a number as text, and
// spaces to any size; the answer is that number of zero bytes.
type Replier struct{ sockets []net.PacketConn }

// ReplierPort is the UDP port of a replier: character generator (RFC 864), whose answers
// have a size of its own choice.
const ReplierPort = 19

// ServeReplier starts a replier at the given addresses.
func ServeReplier(ctx context.Context, packets PacketListener, addresses ...netip.Addr) (*Replier, error) {
	r := &Replier{}
	for _, a := range addresses {
		conn, err := packets(ctx, "udp", netip.AddrPortFrom(a, ReplierPort).String())
		if err != nil {
			return nil, errors.Join(fmt.Errorf("starting replier: %w", err), r.Close())
		}
		r.sockets = append(r.sockets, conn)
		go reply(conn)
	}
	return r, nil
}

func reply(conn net.PacketConn) {
	question := make([]byte, 1<<16)
	for {
		n, asker, err := conn.ReadFrom(question)
		if err != nil {
			return
		}
		size, err := strconv.ParseUint(strings.TrimSpace(string(question[:n])), 10, 12)
		if err == nil {
			_, _ = conn.WriteTo(make([]byte, size), asker) // a lost answer is the asker's problem
		}
	}
}

// Close stops the replier.
func (r *Replier) Close() error {
	var errs []error
	for _, conn := range r.sockets {
		errs = append(errs, conn.Close())
	}
	return errors.Join(errs...)
}
