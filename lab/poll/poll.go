// Package poll waits for conditions that nothing signals.
package poll

import (
	"context"
	"time"
)

// Until calls done, with a pause between calls. It returns nil when done is
// true, the first error of done, or the context's error when the context ends.
func Until(ctx context.Context, pause time.Duration, done func() (bool, error)) error {
	for {
		if ok, err := done(); ok || err != nil {
			if ok {
				return nil
			}
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}
