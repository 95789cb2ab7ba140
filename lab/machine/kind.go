package machine

import (
	"context"
	"os/exec"
	"path/filepath"
	"time"

	"tripvpn/lab/fabric/cgroup"
)

// kind is what a machine is made of: a container or a virtual machine. Machine does
// what does not depend on it.
type kind interface {
	// install makes the disk, with a seed if there is one.
	install(ctx context.Context, seed *Seed) error
	// boot powers the machine on and returns once its init runs.
	boot(ctx context.Context) (*run, error)
	patience() patience
}

// patience is how long a machine may take.
type patience struct{ boot, shutdown time.Duration }

// place is where a machine is, whatever its kind.
type place struct {
	name    string
	disk    disk
	network Network
	folders Folders
	group   cgroup.Group
}

func (c Config) place() place {
	return place{
		name:    c.Name,
		disk:    disk{folder: filepath.Join(c.Folders.Disk, c.Name), layers: c.Layers},
		network: c.Network,
		folders: c.Folders,
		group:   c.Group,
	}
}

// inside is the operating system of a machine that runs.
type inside interface {
	// command prepares a program to be run as root.
	command(ctx context.Context, argv []string) *exec.Cmd
	// press presses the power button.
	press()
	// ending is why the run is over, once it is.
	ending() ending
}

type ending int

const (
	cutOff     ending = iota // by somebody outside
	poweredOff               // by the operating system
	rebooted                 // it wants to run again
)

// run is a machine from one power-on to the next power-off.
type run struct {
	inside
	booted chan struct{} // closed when init has started all that it starts at boot
	exited chan struct{} // closed when no process of it is left
	ended  chan struct{} // closed when it is over and its successor, if any, runs
	next   *run          // after a reboot
	err    error         // why there is no next one after a reboot, or what is left of the network
}

func newRun(i inside) *run {
	return &run{inside: i, booted: make(chan struct{}), exited: make(chan struct{}), ended: make(chan struct{})}
}

func (r *run) over() bool { return closed(r.ended) }

// off reports whether nothing of the run is left, though a next one may follow.
func (r *run) off() bool { return closed(r.exited) }

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
