package machine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// container is a machine under systemd-nspawn(1): an init of its own on this
// computer's kernel, on an overlay over the image.
type container struct{ place }

// rebootStatus is what systemd-nspawn exits with when the machine inside
// reboots and --keep-unit is given (systemd's src/nspawn/nspawn.c,
// EXIT_FORCE_RESTART).
const rebootStatus = 133

// patience is how long it may take: its init starts in a third of a second on an
// idle computer, and so does a Debian that runs nothing but sshd shut down.
func (container) patience() patience {
	return patience{boot: 60 * time.Second, shutdown: 20 * time.Second}
}

func (c container) install(_ context.Context, seed *Seed) error { return c.disk.create(seed) }

// bootScript joins the machine's control groups and makes its root in private
// mounts that end with it. The same goes for the folder in
// which nspawn keeps notes of the machines of this computer.
const bootScript = `
members=$1 options=$2 root=$3; shift 3
for file in $members; do echo 0 >"$file"; done
mkdir -p /run/systemd/nspawn
mount -t tmpfs tmpfs /run/systemd/nspawn
mount -t overlay overlay -o "$options" "$root"
exec systemd-nspawn "$@"`

func (c container) bootCommand(notify string) *exec.Cmd {
	d := c.disk
	cmd := exec.Command("unshare", "--mount", "--propagation", "slave", "sh", "-euc", bootScript, "sh",
		strings.Join(c.group.Members(), " "),
		d.overlay(),
		d.root(),
		"--quiet", "--register=no", "--keep-unit", "--boot",
		"--machine="+c.name, "--directory="+d.root(),
		"--network-namespace-path="+c.network.Path(),
		"--resolv-conf=off", "--timezone=off", "--link-journal=no",
		"--bind=/dev/net/tun", "--capability=CAP_NET_ADMIN,CAP_IPC_LOCK",
		"--console=pipe", "--notify-ready=yes",
	)
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"),
		"NOTIFY_SOCKET=" + notify,
		// Hosts set net.* sysctls; the others are read-only, as on many.
		"SYSTEMD_NSPAWN_API_VFS_WRITABLE=network",
		// Debian's cgroup layout, even where this computer has another.
		"SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1",
	}
	return cmd
}

// boot powers the machine on and returns once its init runs.
func (c container) boot(ctx context.Context) (*run, error) {
	if err := c.group.Make(); err != nil {
		return nil, err
	}
	notify, err := listen(c.folders.Run, c.name)
	if err != nil {
		return nil, err
	}
	inside := &contained{name: c.name, cmd: c.bootCommand(notify.LocalAddr().String())}
	r := newRun(inside)
	if err := inside.start(r, c.disk.console()); err != nil {
		notify.Close()
		return nil, err
	}
	leader := make(chan int, 1)
	go r.hear(notify, leader)
	if inside.init, err = r.awaitInit(ctx, leader); err != nil {
		// Unfinished is as bad as dead: nobody would look after it.
		endErr := c.group.End(context.WithoutCancel(ctx))
		return nil, errors.Join(fmt.Errorf("waiting for the init of %q: %w; its console ends in:\n%s", c.name, err, c.disk.lastWords()), endErr)
	}
	return r, nil
}

// contained is a run of a container.
type contained struct {
	name string
	init int // its process id, seen from outside
	cmd  *exec.Cmd
	over <-chan struct{} // closed when nspawn has ended
}

func (c *contained) start(r *run, consoleFile string) error {
	console, err := os.OpenFile(consoleFile, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("opening console: %w", err)
	}
	defer console.Close()
	c.cmd.Stdout, c.cmd.Stderr, c.over = console, console, r.exited
	if err := c.cmd.Start(); err != nil {
		return fmt.Errorf("starting systemd-nspawn: %w", err)
	}
	go func() {
		c.cmd.Wait()
		close(r.exited)
	}()
	return nil
}

func (c *contained) ending() ending {
	switch {
	case c.cmd.ProcessState.ExitCode() == rebootStatus:
		return rebooted
	case c.cmd.ProcessState.Success():
		return poweredOff
	}
	return cutOff
}

// powerButton makes systemd power its machine off, see systemd(1),
// "SIGRTMIN+4". The first real-time signal that is a program's to use is 34
// (signal(7)).
const powerButton = syscall.Signal(34 + 4)

// press fails only where the init has just ended. An init does not hear it before
// it has asked for the signal (pid_namespaces(7)).
func (c *contained) press() {
	if !closed(c.over) {
		_ = syscall.Kill(c.init, powerButton)
	}
}

func (r *run) awaitInit(ctx context.Context, leader <-chan int) (int, error) {
	select {
	case pid := <-leader:
		return pid, nil
	case <-r.exited:
		return 0, errors.New("systemd-nspawn ended")
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}
