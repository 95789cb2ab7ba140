package fabric

import (
	"context"
	"fmt"
	"net/netip"

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

// LoginPage makes a traveller's network answer every request for a web page with its own
// server at that address, and drop everything else but DNS, as before a login. An invalid
// address ends that.
func (l *Link) LoginPage(ctx context.Context, at netip.AddrPort) error {
	rules := "table inet login\ndelete table inet login\n"
	if at.IsValid() {
		rules += fmt.Sprintf(`table inet login {
	chain prerouting {
		type nat hook prerouting priority dstnat
		iifname %q meta nfproto ipv4 tcp dport 80 dnat ip to %s
	}
	chain forward {
		type filter hook forward priority filter
		ip saddr { %[3]s, %[4]s } accept
		ip daddr { %[3]s, %[4]s } accept
		drop
	}
}
`, travellerPort, at, at.Addr(), DNS)
	}
	if err := netns.NFT(ctx, l.router, rules); err != nil {
		return fmt.Errorf("giving the network of %q a login page: %w", l.host.Name, err)
	}
	return nil
}
