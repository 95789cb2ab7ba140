package fabric

import (
	"context"
	"errors"
	"fmt"
	"net/netip"

	"tripvpn/lab/fabric/capture"
	"tripvpn/lab/fabric/netns"
)

// Host is a namespace with one network device, as configured from outside. The
// device is called "ens5", as on an EC2 instance.
type Host struct {
	Name     string       // letters, digits and dashes
	Gateway  netip.Prefix // the router's address and the subnet's size; invalid without IPv4
	Address  netip.Addr   // invalid without IPv4
	Gateway6 netip.Prefix // invalid without IPv6
	Address6 netip.Addr   // invalid without IPv6
	Virtual  bool         // a virtual machine on Tap has the addresses, and not the namespace
}

// Link is a host's namespace and its cable to a router. It is the machine
// package's Network.
type Link struct {
	host      Host
	namespace string
	router    string                                // namespace
	port      string                                // the cable's end at the router
	leave     func(context.Context) error           // removes the host from the fabric's state
	roam      func(context.Context, Families) error // moves a traveller, whose link is down
	cableMTU  int                                   // in bytes
	access    access                                // a traveller's network
	impaired  *impairment                           // nil if it is not
	pathMTU   int                                   // as LimitPackets has set it
}

// Path is the file of the host's namespace.
func (l *Link) Path() string { return netns.Path(l.namespace) }

// Namespace is the name of the host's namespace.
func (l *Link) Namespace() string { return l.namespace }

// Address is the host's IPv4 address, invalid without IPv4.
func (l *Link) Address() netip.Addr { return l.host.Address }

// Address6 is the host's IPv6 address, invalid without IPv6.
func (l *Link) Address6() netip.Addr { return l.host.Address6 }

// Gateway is the router's IPv4 address and the subnet's size, invalid without IPv4.
func (l *Link) Gateway() netip.Prefix { return l.host.Gateway }

// Gateway6 is the same over IPv6, invalid without IPv6.
func (l *Link) Gateway6() netip.Prefix { return l.host.Gateway6 }

// Renew replaces the namespace with a new one. As after a power cycle,
// nothing that was set inside is left: no rule, no route, no sysctl.
func (l *Link) Renew(ctx context.Context) error {
	if err := l.Cut(ctx); err != nil {
		return err
	}
	if err := netns.Add(ctx, l.namespace); err != nil {
		return err
	}
	cable := fmt.Sprintf("link add %s mtu %d type veth peer name %s mtu %d netns %s", l.port, l.cableMTU, hostDevice, l.cableMTU, l.namespace)
	if err := netns.IP(ctx, l.router, append([]string{cable}, l.routerLines()...)...); err != nil {
		return fmt.Errorf("attaching %q: %w", l.host.Name, err)
	}
	// Between two hosts of a subnet the router answers, as a VPC does, so
	// that their traffic too passes the filter.
	err := errors.Join(
		netns.Sysctl(l.router, "net.ipv4.conf."+l.port+".proxy_arp", "1"),
		netns.Sysctl(l.router, "net.ipv4.neigh."+l.port+".proxy_delay", "0"),
	)
	if err != nil {
		return err
	}
	if l.host.Virtual {
		return l.bridge(ctx)
	}
	return l.Plug(ctx)
}

// Unplug takes the host's link down, as when Wi-Fi is lost. The kernel forgets
// the routes that used it, and a host forgets its addresses.
func (l *Link) Unplug(ctx context.Context) error {
	return netns.IP(ctx, l.namespace, "link set "+hostDevice+" down", "address flush dev "+hostDevice)
}

// Plug brings the link up again, with the host's addresses and default routes,
// as a DHCP client does.
func (l *Link) Plug(ctx context.Context) error {
	if err := netns.IP(ctx, l.namespace, l.hostLines()...); err != nil {
		return fmt.Errorf("addressing %q: %w", l.host.Name, err)
	}
	return nil
}

// Roam moves a traveller, whose link is down, to another network: from the next
// Plug on it has other addresses and another gateway. Roaming again leads back.
func (l *Link) Roam(ctx context.Context, families Families) error { return l.roam(ctx, families) }

// move gives the host, whose link is down, another place behind its router.
func (l *Link) move(ctx context.Context, to Host) error {
	lines := append(l.routes("del"), fmt.Sprintf("address flush dev %s scope global", l.port))
	err := netns.IP(ctx, l.router, lines...)
	if err != nil {
		return fmt.Errorf("moving %q: %w", l.host.Name, err)
	}
	l.host = to
	if err := netns.IP(ctx, l.router, l.routerLines()...); err != nil {
		return fmt.Errorf("moving %q: %w", l.host.Name, err)
	}
	return nil
}

// Capture records the frames on the host's cable from now on, also over Unplug, Plug and
// Roam. It must be stopped before Renew, Cut and Remove, which end the cable.
func (l *Link) Capture() (*capture.Capture, error) { return capture.Start(l.router, l.port) }

// Remove takes the host off the network for good.
func (l *Link) Remove(ctx context.Context) error {
	return errors.Join(l.Cut(ctx), l.repair(ctx), l.leave(ctx))
}

// Cut removes the namespace until the next Renew. The host keeps its
// addresses and its rules, and nobody answers. The cable goes first: the kernel
// removes the devices of a deleted namespace late, and the port's name is needed
// again at once.
func (l *Link) Cut(ctx context.Context) error {
	if !netns.Exists(l.namespace) {
		return nil
	}
	var err error
	if netns.HasDevice(l.router, l.port) {
		err = netns.IP(ctx, l.router, "link delete "+l.port)
	}
	return errors.Join(err, netns.Delete(ctx, l.namespace))
}

func (l *Link) routerLines() []string {
	h := l.host
	lines := []string{fmt.Sprintf("link set %s up", l.port)}
	if h.Address.IsValid() {
		lines = append(lines, fmt.Sprintf("address add %s/32 dev %s", h.Gateway.Addr(), l.port))
	}
	if h.Address6.IsValid() {
		lines = append(lines, fmt.Sprintf("address add %s/128 dev %s nodad", h.Gateway6.Addr(), l.port))
	}
	return append(lines, l.routes("add")...)
}

// routes are the router's to the host.
func (l *Link) routes(verb string) []string {
	var lines []string
	if l.host.Address.IsValid() {
		lines = append(lines, fmt.Sprintf("route %s %s/32 dev %s%s", verb, l.host.Address, l.port, mtu(l.pathMTU)))
	}
	if l.host.Address6.IsValid() {
		lines = append(lines, fmt.Sprintf("route %s %s/128 dev %s%s", verb, l.host.Address6, l.port, mtu(l.pathMTU)))
	}
	return lines
}

func (l *Link) hostLines() []string {
	h := l.host
	lines := []string{fmt.Sprintf("link set %s up", hostDevice)}
	if h.Address.IsValid() {
		lines = append(lines,
			fmt.Sprintf("address add %s/%d dev %s", h.Address, h.Gateway.Bits(), hostDevice),
			fmt.Sprintf("route add default via %s", h.Gateway.Addr()))
	}
	if h.Address6.IsValid() {
		// A single address, as DHCPv6 gives it to an instance: the rest of
		// the subnet is reached through the gateway as well.
		lines = append(lines,
			fmt.Sprintf("address add %s/128 dev %s nodad", h.Address6, hostDevice),
			// Programs add routes by way of the gateway, so it must be on the
			// link, as the link-local address of a router that advertises itself is.
			fmt.Sprintf("route add %s/128 dev %s", h.Gateway6.Addr(), hostDevice),
			fmt.Sprintf("route add default via %s dev %s", h.Gateway6.Addr(), hostDevice))
	}
	return lines
}

const hostDevice = "ens5"
