package machine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// rebootStatus is what systemd-nspawn exits with when the machine inside
// reboots and --keep-unit is given (systemd's src/nspawn/nspawn.c,
// EXIT_FORCE_RESTART).
const rebootStatus = 133

// bootTimeout is how long an init may take to start. It takes a third of a
// second on an idle machine.
const bootTimeout = 60 * time.Second

// run is a machine from one power-on to the next power-off.
type run struct {
	init   int           // its process id, seen from outside
	booted chan struct{} // closed when init has started all that it starts at boot
	ended  chan struct{} // closed when it is over and its successor, if any, runs
	next   *run          // after a reboot
	err    error         // why there is no next one after a reboot, or what is left of the network

	cmd    *exec.Cmd
	exited chan struct{} // closed when nspawn has ended
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

func (m *Machine) bootCommand(notify string) *exec.Cmd {
	d := m.disk
	cmd := exec.Command("unshare", "--mount", "--propagation", "slave", "sh", "-euc", bootScript, "sh",
		strings.Join(m.group.Members(), " "),
		fmt.Sprintf("lowerdir=%s,upperdir=%s,workdir=%s", strings.Join(d.layers, ":"), d.upper(), d.work()),
		d.root(),
		"--quiet", "--register=no", "--keep-unit", "--boot",
		"--machine="+m.name, "--directory="+d.root(),
		"--network-namespace-path="+m.network.Path(),
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
func (m *Machine) boot(ctx context.Context) (*run, error) {
	if err := m.group.Make(); err != nil {
		return nil, err
	}
	notify, err := listen(m.folders.Run, m.name)
	if err != nil {
		return nil, err
	}
	r := &run{
		cmd:    m.bootCommand(notify.LocalAddr().String()),
		booted: make(chan struct{}),
		ended:  make(chan struct{}),
		exited: make(chan struct{}),
	}
	if err := r.start(m.disk.console()); err != nil {
		notify.Close()
		return nil, err
	}
	leader := make(chan int, 1)
	go r.hear(notify, leader)
	if r.init, err = r.awaitInit(ctx, leader); err != nil {
		// Unfinished is as bad as dead: nobody would look after it.
		endErr := m.group.End(context.WithoutCancel(ctx))
		return nil, errors.Join(fmt.Errorf("waiting for the init of %q: %w; its console ends in:\n%s", m.name, err, m.disk.lastWords()), endErr)
	}
	return r, nil
}

func (r *run) start(consoleFile string) error {
	console, err := os.OpenFile(consoleFile, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("opening console: %w", err)
	}
	defer console.Close()
	r.cmd.Stdout, r.cmd.Stderr = console, console
	if err := r.cmd.Start(); err != nil {
		return fmt.Errorf("starting systemd-nspawn: %w", err)
	}
	go func() {
		r.cmd.Wait()
		close(r.exited)
	}()
	return nil
}

func (r *run) awaitInit(ctx context.Context, leader <-chan int) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, bootTimeout)
	defer cancel()
	select {
	case pid := <-leader:
		return pid, nil
	case <-r.exited:
		return 0, errors.New("systemd-nspawn ended")
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}
