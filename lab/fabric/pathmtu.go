package fabric

import (
	"context"
	"fmt"

	"tripvpn/lab/fabric/netns"
)

// PathMTU is the size of the largest packets that a path carries, with the IP header,
// in both directions. The router divides larger IPv4 packets that may be divided. It
// drops others, and answers with ICMP's "fragmentation needed" or ICMPv6's "packet too
// big", if it is not silent.
type PathMTU struct {
	Bytes  int  // at least IPv6's minimum of 1280; 0: no limit but the cables' 1500
	Silent bool // as behind a firewall that drops all ICMP
}

// LimitPackets gives a traveller's network a path MTU, also those that the traveller
// roams to. It does not make hosts forget the MTU of a path that they know.
//
// Unlike a narrow cable, it lets pass a packet that the sender's kernel leaves to be
// segmented, if each segment is small enough.
func (l *Link) LimitPackets(ctx context.Context, p PathMTU) error {
	if p.Bytes != 0 && (p.Bytes < 1280 || p.Bytes > 1500) {
		return fmt.Errorf("limiting packets in the network of %q: it can only carry from 1280 to 1500 bytes, not %d", l.host.Name, p.Bytes)
	}
	silence := "table inet silent\ndelete table inet silent\n"
	if p.Silent {
		silence += `table inet silent {
	chain output {
		type filter hook output priority filter
		icmp type destination-unreachable icmp code frag-needed drop
		icmpv6 type packet-too-big drop
	}
}
`
	}
	if err := netns.NFT(ctx, l.router, silence); err != nil {
		return fmt.Errorf("limiting packets in the network of %q: %w", l.host.Name, err)
	}
	l.pathMTU = p.Bytes
	if err := netns.IP(ctx, l.router, append(l.routes("replace"), l.access.defaults("replace", p.Bytes)...)...); err != nil {
		return fmt.Errorf("limiting packets in the network of %q: %w", l.host.Name, err)
	}
	return nil
}

// mtu is the end of a route's line for ip(8). The router follows only a locked value.
func mtu(bytes int) string {
	if bytes == 0 {
		return ""
	}
	return fmt.Sprintf(" mtu lock %d", bytes)
}
