package traveller

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
)

// Lookup finds a name's addresses as the machine's programs do (getaddrinfo(3),
// which getent(1) calls), in the order in which they would try them. A name
// without any is an error.
func (t *Traveller) Lookup(ctx context.Context, name string) ([]netip.Addr, error) {
	said, err := t.machine.Run(ctx, "getent", "ahosts", name)
	if err != nil {
		return nil, fmt.Errorf("looking up %q: %w", name, err)
	}
	return streams(said)
}

// Gateway is the IPv4 address of the router of the machine's network, where its local
// resolver is too.
func (t *Traveller) Gateway() netip.Addr { return t.link.Gateway().Addr() }

// UseLocalResolver has the machine ask the resolver of its network, as a DHCP client
// does: systemd-resolved is told, if resolv.conf(5) leads to it, and otherwise that file
// is written. It is not for a Desktop, which does so by itself.
func (t *Traveller) UseLocalResolver(ctx context.Context) error {
	_, err := t.machine.Run(ctx, "sh", "-euc", `if [ -L /etc/resolv.conf ]; then
	resolvectl dns ens5 "$1"
else
	echo "nameserver $1" >/etc/resolv.conf
fi`, "sh", t.Gateway().String())
	if err != nil {
		return fmt.Errorf("using the local resolver: %w", err)
	}
	return nil
}

// ResolverSettings are the machine's resolv.conf(5), and systemd-resolved's settings of
// each link if that file leads to it.
func (t *Traveller) ResolverSettings(ctx context.Context) (string, error) {
	return t.machine.Run(ctx, "sh", "-euc", "cat /etc/resolv.conf; if [ -L /etc/resolv.conf ]; then resolvectl --no-pager; fi")
}

// streams reads getent's output: a line for each address and type of socket.
func streams(said string) ([]netip.Addr, error) {
	var found []netip.Addr
	for line := range strings.Lines(said) {
		fields := strings.Fields(line)
		if len(fields) < 2 || fields[1] != "STREAM" {
			continue
		}
		address, err := netip.ParseAddr(fields[0])
		if err != nil {
			return nil, fmt.Errorf("reading getent's %q: %w", line, err)
		}
		found = append(found, address)
	}
	return found, nil
}
