package machine

import (
	"context"
	"fmt"
	"time"
)

// pressInterval is how long to wait before the button is pressed again: an
// operating system that has only just started does not hear it, and one that has
// heard it does not mind.
const pressInterval = time.Second

// PowerOff presses the machine's power button and returns when the machine is
// off: its operating system stops what it runs, while the network is still
// there. A machine that has not ended in time is killed, which is not an error; neither is powering off a machine that is off. Its disk stays. Ended is not called,
// and a reboot that is under way ends as a shutdown.
func (m *Machine) PowerOff(ctx context.Context) error {
	m.cut()
	patient, cancel := context.WithTimeout(ctx, m.patience.shutdown)
	defer cancel()
	// A reboot may have been all but over when the button was pressed.
	for r := m.last(); r != nil; r = r.next {
		if r.shutDown(patient) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("powering off %q: %w", m.name, err)
		}
		return m.Kill(ctx)
	}
	return nil
}

// shutDown presses the power button until the run is over, or nobody waits any
// more.
func (r *run) shutDown(ctx context.Context) (over bool) {
	again := time.NewTicker(pressInterval)
	defer again.Stop()
	for {
		r.press()
		select {
		case <-r.ended:
			return true
		case <-again.C:
		case <-ctx.Done():
			return false
		}
	}
}
