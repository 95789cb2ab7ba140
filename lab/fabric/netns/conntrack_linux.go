package netns

import (
	"fmt"

	"github.com/vishvananda/netlink"
)

// ForgetConnections empties a namespace's table of tracked connections. Otherwise
// the kernel keeps a connection's address translation as long as packets arrive,
// even if the rules have changed.
func ForgetConnections(name string) error {
	err := Do(name, func() error { return netlink.ConntrackTableFlush(netlink.ConntrackTable) })
	if err != nil {
		return fmt.Errorf("forgetting the connections of namespace %q: %w", name, err)
	}
	return nil
}
