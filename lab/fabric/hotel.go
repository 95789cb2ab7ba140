package fabric

import (
	"context"
	"fmt"

	"tripvpn/lab/fabric/netns"
)

// UDP is what a traveller's network does to UDP.
type UDP string

// The networks of hotels and offices.
const (
	Passed   UDP = "accept"
	Dropped  UDP = "drop"
	Rejected UDP = "reject" // with ICMP's or ICMPv6's "port unreachable"
)

// TreatUDP makes a traveller's network pass, drop or reject the UDP that it forwards, in
// both directions and of both families. The servers that stand in the open, with the
// name server among them, are not affected: they see what gets past a tunnel. A network
// that the traveller roams to treats UDP as the one before.
func (l *Link) TreatUDP(ctx context.Context, verdict UDP) error {
	rules, err := l.treatment(verdict)
	if err != nil {
		return err
	}
	if err := netns.NFT(ctx, l.router, rules); err != nil {
		return fmt.Errorf("making the network of %q %s UDP: %w", l.host.Name, verdict, err)
	}
	return nil
}

// treatment replaces the table of the traveller's network.
func (l *Link) treatment(verdict UDP) (rules string, err error) {
	switch verdict {
	case Passed, Dropped, Rejected:
		return fmt.Sprintf(`table inet hotel
delete table inet hotel
table inet hotel {
	chain forward {
		type filter hook forward priority filter
		ip saddr { %[1]s, %[2]s } accept
		ip daddr { %[1]s, %[2]s } accept
		ip6 saddr { %[3]s, %[4]s } accept
		ip6 daddr { %[3]s, %[4]s } accept
		meta l4proto udp %[5]s
	}
}
`, Web, DNS, Web6, DNS6, verdict), nil
	}
	return "", fmt.Errorf("making the network of %q %q UDP: it can only %s, %s or %s it", l.host.Name, verdict, Passed, Dropped, Rejected)
}
