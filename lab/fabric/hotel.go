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
	Rejected UDP = "reject" // with ICMP's "port unreachable"
)

// TreatUDP makes the host's network pass, drop or reject the UDP that it forwards, in
// both directions. The servers that stand in the open are not affected: they see what
// gets past a tunnel.
func (l *Link) TreatUDP(ctx context.Context, verdict UDP) error {
	err := netns.NFT(ctx, l.router, fmt.Sprintf(`table inet %[1]s
delete table inet %[1]s
table inet %[1]s {
	chain forward {
		type filter hook forward priority filter
		iifname %[2]q meta l4proto udp %[3]s
		oifname %[2]q meta l4proto udp %[3]s
	}
}
`, "tvl-hotel-"+l.port, l.port, verdict))
	if err != nil {
		return fmt.Errorf("making the network of %q %s UDP: %w", l.host.Name, verdict, err)
	}
	return nil
}
