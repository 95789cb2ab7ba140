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

// TreatUDP makes the host's network pass, drop or reject the UDP that it forwards, in
// both directions and of both families. The servers that stand in the open, with the
// name server among them, are not affected: they see what gets past a tunnel. A network
// that the host roams to treats UDP as the one before.
func (l *Link) TreatUDP(ctx context.Context, verdict UDP) error {
	rules, err := l.treatment(verdict)
	if err != nil {
		return err
	}
	if err := netns.NFT(ctx, l.router, rules); err != nil {
		return fmt.Errorf("making the network of %q %s UDP: %w", l.host.Name, verdict, err)
	}
	l.blocksUDP = verdict != Passed
	return nil
}

// treatment replaces the table of the host's network. Where UDP passes there is none.
func (l *Link) treatment(verdict UDP) (rules string, err error) {
	table := "table inet tvl-hotel-" + l.port
	rules = fmt.Sprintf("%[1]s\ndelete %[1]s\n", table)
	switch verdict {
	case Passed:
		return rules, nil
	case Dropped, Rejected:
		return rules + fmt.Sprintf(`%[1]s {
	chain forward {
		type filter hook forward priority filter
		iifname %[2]q meta l4proto udp %[3]s
		oifname %[2]q meta l4proto udp %[3]s
	}
}
`, table, l.port, verdict), nil
	}
	return "", fmt.Errorf("making the network of %q %q UDP: it can only %s, %s or %s it", l.host.Name, verdict, Passed, Dropped, Rejected)
}

// passUDP removes what TreatUDP has set. The next host at the port starts without it.
func (l *Link) passUDP(ctx context.Context) error {
	if !l.blocksUDP {
		return nil
	}
	return l.TreatUDP(ctx, Passed)
}
