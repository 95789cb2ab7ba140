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
