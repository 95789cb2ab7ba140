package machine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"sync"
	"time"

	"tripvpn/lab/fabric/cgroup"
)

// Network is a machine's network namespace.
type Network interface {
	// Path is the file of the namespace.
	Path() string
	// Renew makes the namespace anew, as it is after a power cycle.
	Renew(ctx context.Context) error
	// Cut removes the namespace, as a power cut does: otherwise the kernel would
	// answer for a machine that is off.
	Cut(ctx context.Context) error
}

// Folders hold the machines' files, which are removed after them.
type Folders struct {
	Run  string // sockets; short, because the name of a socket is
	Disk string // disks and consoles
}

// Config is a machine before it is started.
type Config struct {
	// Required
	Name    string   // letters, digits and dashes
	Layers  []string // the image: layers of an overlay, the topmost first
	Network Network
	Folders Folders
	Group   cgroup.Group // the machine's own

	// Optional
	Seed     *Seed         // without one, cloud-init finds nothing to do
	Ended    func()        // called each time that the machine has powered itself off
	Patience time.Duration // how long it may take to shut down before it is killed (default 20 s; 3 min for a virtual machine)
	Virtual  *Virtual      // makes it a virtual machine (by default it is a container)
}

// Machine is a machine with a disk, running or not. It is safe for use by
// several goroutines.
type Machine struct {
	place
	kind  kind
	ended func() // may be nil

	patience patience

	mu      sync.Mutex
	current *run               // the last one; it may be over
	cut     context.CancelFunc // keeps a run from having a successor
}

var validName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// Start makes a machine's disk, powers it on and returns once its init runs.
func Start(ctx context.Context, c Config) (*Machine, error) {
	if !validName.MatchString(c.Name) {
		return nil, fmt.Errorf("starting machine %q: its name must be a host name in lower case", c.Name)
	}
	m := &Machine{place: c.place(), ended: c.Ended}
	m.kind = container{m.place}
	if c.Virtual != nil {
		m.kind = virtual{m.place, *c.Virtual}
	}
	m.patience = m.kind.patience()
	m.patience.shutdown = cmp.Or(c.Patience, m.patience.shutdown)
	if err := m.kind.install(ctx, c.Seed); err != nil {
		return nil, err
	}
	if err := m.PowerOn(ctx); err != nil {
		return nil, errors.Join(err, m.disk.remove())
	}
	return m, nil
}

// Name is the name of the machine.
func (m *Machine) Name() string { return m.name }

// Console is the file that holds what the machine wrote to its console.
func (m *Machine) Console() string { return m.disk.console() }

// PowerOn starts a machine that is off, on the same disk, and returns once its
// init runs.
func (m *Machine) PowerOn(ctx context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.current != nil && !m.current.over() {
		return fmt.Errorf("powering on %q: it is on", m.name)
	}
	start := m.bootOnce
	if m.current != nil {
		start = m.again
	}
	r, err := start(ctx)
	if err != nil {
		return fmt.Errorf("powering on %q: %w", m.name, err)
	}
	powered, cut := context.WithCancel(context.Background())
	m.current, m.cut = r, cut
	go m.supervise(powered, r)
	return nil
}

// supervise waits for the end of a run, and starts the next one if the end
// was a reboot.
func (m *Machine) supervise(powered context.Context, r *run) {
	<-r.exited
	if r.ending() == rebooted {
		r.next, r.err = m.again(powered)
	}
	if r.next == nil {
		r.err = errors.Join(r.err, m.network.Cut(context.WithoutCancel(powered)))
	}
	m.mu.Lock()
	if r.next != nil {
		m.current = r.next
		go m.supervise(powered, r.next)
	}
	m.mu.Unlock()
	close(r.ended)
	// Where the power was cut or the button pressed meanwhile, the caller knows.
	if r.ending() == poweredOff && powered.Err() == nil && m.ended != nil {
		m.ended()
	}
}

// again boots once more: on the same disk, in a new namespace, so that what was
// only set and not kept is lost, as on a real machine.
func (m *Machine) again(ctx context.Context) (*run, error) {
	// The namespace cannot go while a process is in it.
	if err := m.group.End(ctx); err != nil {
		return nil, err
	}
	if err := m.network.Renew(ctx); err != nil {
		return nil, err
	}
	return m.bootOnce(ctx)
}

func (m *Machine) bootOnce(ctx context.Context) (*run, error) {
	ctx, cancel := context.WithTimeout(ctx, m.patience.boot)
	defer cancel()
	return m.kind.boot(ctx)
}

func (m *Machine) last() *run {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.current
}

// Running reports whether the machine is on. It is while it reboots.
func (m *Machine) Running() bool { return !m.last().over() }

// AwaitBooted returns once the machine has started all that it starts at
// boot, cloud-init included, whether or not a part of it failed.
func (m *Machine) AwaitBooted(ctx context.Context) error {
	r := m.last()
	select {
	case <-r.booted:
		return nil
	case <-r.exited:
		return fmt.Errorf("waiting for %q to boot: it is off", m.name)
	case <-ctx.Done():
		return fmt.Errorf("waiting for %q to boot: %w; its console ends in:\n%s", m.name, ctx.Err(), m.disk.lastWords())
	}
}

// Reboot has the machine boot to the end, if it has not, asks it to reboot,
// and returns once its new init runs.
func (m *Machine) Reboot(ctx context.Context) error {
	r := m.last()
	if err := m.AwaitBooted(ctx); err != nil {
		return fmt.Errorf("rebooting %q: %w", m.name, err)
	}
	// Without waiting, the command ends before the machine does.
	if _, err := m.Run(ctx, "systemctl", "--no-block", "reboot"); err != nil {
		return fmt.Errorf("rebooting %q: %w", m.name, err)
	}
	select {
	case <-r.ended:
	case <-ctx.Done():
		return fmt.Errorf("rebooting %q: %w", m.name, ctx.Err())
	}
	if r.next == nil {
		return fmt.Errorf("rebooting %q: it did not come back: %w", m.name, r.err)
	}
	return nil
}

// Kill ends the machine as a power cut does, without asking it. Its disk
// stays. Killing a machine that is off is not an error.
func (m *Machine) Kill(ctx context.Context) error {
	m.cut()
	// A reboot may have been under way when the power was cut.
	for r := m.last(); r != nil; r = r.next {
		if err := m.group.End(ctx); err != nil {
			return fmt.Errorf("killing %q: %w", m.name, err)
		}
		select {
		case <-r.ended:
		case <-ctx.Done():
			return fmt.Errorf("killing %q: %w", m.name, ctx.Err())
		}
	}
	return nil
}

// Remove kills the machine and removes its disk.
func (m *Machine) Remove(ctx context.Context) error {
	if err := m.Kill(ctx); err != nil {
		return err
	}
	return m.disk.remove()
}
