package machine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"tripvpn/lab/fabric/command"
)

// endTimeout is how long a program in a machine may take to end when it is
// asked to.
const endTimeout = 10 * time.Second

// Command prepares a program to be run in the machine, as root. It may be
// given standard input, output and error like any exec.Cmd. When the context
// ends, the program gets SIGTERM. Everybody can see argv, so secrets go
// through standard input.
func (m *Machine) Command(ctx context.Context, argv ...string) *exec.Cmd {
	r := m.last()
	cmd := r.command(ctx, argv)
	if r.off() {
		cmd.Err = fmt.Errorf("machine %q is off", m.name)
	}
	return cmd
}

// environment is that of a program in a machine.
var environment = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LC_ALL=C.UTF-8"}

// command prepares a program to be run where the container's init is. If this
// process is killed, setpriv(1) has the program end too.
func (c *contained) command(ctx context.Context, argv []string) *exec.Cmd {
	inside := []string{"--target", strconv.Itoa(c.init), "--all", "--", "setpriv", "--pdeathsig", "TERM", "--"}
	cmd := exec.CommandContext(ctx, "nsenter", append(inside, argv...)...)
	cmd.Env = slices.Clone(environment)
	cmd.Cancel = func() error { return endInside(cmd.Process.Pid) }
	cmd.WaitDelay = endTimeout
	return cmd
}

// endInside asks the program inside to end, which is nsenter's one child. Were
// nsenter itself killed, nobody would wait for the program, and a machine's
// last process cannot go before all its others were waited for
// (pid_namespaces(7)).
func endInside(nsenter int) error {
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", nsenter, nsenter))
	if err != nil || len(strings.Fields(string(children))) == 0 {
		return syscall.Kill(nsenter, syscall.SIGTERM)
	}
	var errs []error
	for _, child := range strings.Fields(string(children)) {
		pid, err := strconv.Atoi(child)
		if err == nil {
			err = syscall.Kill(pid, syscall.SIGTERM)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Run runs a program in the machine and returns its standard output. Any exit
// code but 0 is a *command.Error.
func (m *Machine) Run(ctx context.Context, argv ...string) (string, error) {
	out, err := command.Output(m.Command(ctx, argv...))
	if err != nil {
		return out, fmt.Errorf("on machine %q: %w", m.name, err)
	}
	return out, nil
}
