package netns

import (
	"fmt"

	"github.com/vishvananda/netlink"
)

// ForgetConnections empties a namespace's table of tracked connections. An
// address translation that was decided once is otherwise kept for as long as
// packets of the connection come, whatever the rules say by then.
func ForgetConnections(name string) error {
	err := Do(name, func() error { return netlink.ConntrackTableFlush(netlink.ConntrackTable) })
	if err != nil {
		return fmt.Errorf("forgetting the connections of namespace %q: %w", name, err)
	}
	return nil
}
