package fabric

import (
	"context"
	"errors"
	"fmt"

	"tripvpn/lab/fabric/netns"
)

// Tap is the device in a virtual host's namespace that its machine's network card is
// connected to.
const Tap = "tap"

// bridge connects Tap to the cable. The namespace itself has no address, so that its
// kernel answers nobody.
func (l *Link) bridge(ctx context.Context) error {
	err := errors.Join(
		netns.Sysctl(l.namespace, "net.ipv6.conf.all.disable_ipv6", "1"),
		netns.Sysctl(l.namespace, "net.ipv6.conf.default.disable_ipv6", "1"),
		netns.IP(ctx, l.namespace,
			"link add name bridge type bridge forward_delay 0 mcast_snooping 0",
			fmt.Sprintf("tuntap add dev %s mode tap", Tap),
			fmt.Sprintf("link set %s mtu %d master bridge up", Tap, l.cableMTU),
			fmt.Sprintf("link set %s master bridge up", hostDevice),
			fmt.Sprintf("link set bridge mtu %d up", l.cableMTU)),
	)
	if err != nil {
		return fmt.Errorf("connecting the virtual machine %q: %w", l.host.Name, err)
	}
	return nil
}
