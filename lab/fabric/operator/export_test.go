package operator

import "context"

// HoldAfterSweep takes the lab's lock, waiting for its holder, cleans up, and
// calls f while no other lab can start.
func HoldAfterSweep(ctx context.Context, f func()) error {
	lock, err := acquire(func(string) {})
	if err != nil {
		return err
	}
	defer lock.release()
	if err := sweep(ctx); err != nil {
		return err
	}
	f()
	return nil
}
