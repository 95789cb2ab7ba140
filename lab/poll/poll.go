// Package poll waits for conditions that send no notice.
package poll

import (
	"context"
	"time"
)

// Until asks done again after each pause. It returns nil once done is true,
// the first error of done, or the error of the context when that ends.
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
