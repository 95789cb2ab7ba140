// Package operator runs a program in the operator's place in the lab's network,
// and removes everything of the lab when the program ends. It owns the lab's
// lock, its control group and its folders; it does not know what happens inside.
package operator

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"tripvpn/lab/fabric"
	"tripvpn/lab/fabric/binfmt"
	"tripvpn/lab/fabric/cgroup"
	"tripvpn/lab/fabric/netns"
)

// Folders of a running lab. Both are removed after it.
const (
	RunFolder  = "/run/tripvpn-lab"     // the lock, sockets
	DiskFolder = "/var/lib/tripvpn-lab" // machines' disks and consoles
)

// groupName is the control group that holds every process of the lab but the
// one that called Enter.
const groupName = "tripvpn-lab"

// Lab is a program in two places.
type Lab struct {
	// Required
	Inside func() int // runs in the operator's namespace; its result is the exit status

	// Optional
	Outside func() (stop func(), err error) // starts what must stay in the machine's own network
	Waiting func(holder string)             // called once if another lab runs; without it, Enter fails then
	Swept   func() error                    // called when all is removed, before another lab can start
}

// Group is the control group of a part of the lab. All end with the lab.
func Group(part string) (cgroup.Group, error) {
	return cgroup.Open(filepath.Join(groupName, part))
}

// Enter raises the lab's backbone, runs this program again, with the same
// arguments, in the operator's namespace, and returns its exit status. There,
// Enter runs Inside. However the inner program ends, even if it is killed,
// everything of the lab is removed before Enter returns; if the outer program
// is killed, the inner one dies with it, and the next Enter or Clean removes
// the rest.
func Enter(l Lab) (status int, err error) {
	if netns.Inside(fabric.Operator) {
		return l.Inside(), nil
	}
	lock, err := acquire(l.Waiting)
	if err != nil {
		return 1, err
	}
	defer lock.release()
	ctx := context.Background()
	if err := sweep(ctx); err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, sweep(ctx), l.swept()) }()
	return l.raise(ctx)
}

func (l Lab) swept() error {
	if l.Swept == nil {
		return nil
	}
	return l.Swept()
}

func (l Lab) raise(ctx context.Context) (int, error) {
	if err := fabric.Raise(ctx); err != nil {
		return 1, err
	}
	if l.Outside != nil {
		stop, err := l.Outside()
		if err != nil {
			return 1, err
		}
		defer stop()
	}
	return runInside()
}

// Clean removes what a killed lab left behind. It fails if a lab is running.
func Clean(ctx context.Context) error {
	lock, err := acquire(nil)
	if err != nil {
		return err
	}
	defer lock.release()
	return sweep(ctx)
}

// sweep removes every trace of a lab: processes first, because they hold the
// rest. It continues after failures.
func sweep(ctx context.Context) error {
	group, err := cgroup.Open(groupName)
	if err != nil {
		return err
	}
	err = errors.Join(
		group.End(ctx),
		fabric.Raze(ctx),
		binfmt.Remove(),
		os.RemoveAll(DiskFolder),
		emptyRunFolder(),
	)
	if err != nil {
		return fmt.Errorf("cleaning up after the lab: %w", err)
	}
	return nil
}

func emptyRunFolder() error {
	entries, err := os.ReadDir(RunFolder)
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range entries {
		if e.Name() != lockName {
			errs = append(errs, os.RemoveAll(filepath.Join(RunFolder, e.Name())))
		}
	}
	return errors.Join(errs...)
}
