package traveller

import (
	"context"
	"fmt"
	"net/netip"
	"time"
)

// Ask sends a question of some size in bytes to the lab's replier, up to three times, and
// fails unless an answer of the other size arrives, each time within a second.
func (t *Traveller) Ask(ctx context.Context, replier netip.AddrPort, question, answer int) error {
	conn, err := t.Dial(ctx, "udp", replier.String())
	if err != nil {
		return err
	}
	defer conn.Close()
	got := make([]byte, 1<<12)
	for range 3 {
		if err = conn.SetDeadline(time.Now().Add(time.Second)); err != nil {
			return err
		}
		if _, err = fmt.Fprintf(conn, "%-*d", question, answer); err != nil {
			continue
		}
		var n int
		if n, err = conn.Read(got); err == nil && n == answer {
			return nil
		}
	}
	return fmt.Errorf("asking %s with %d bytes for %d: %w", replier, question, answer, err)
}
