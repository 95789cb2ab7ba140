package operator

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"

	"tripvpn/lab/fabric"
	"tripvpn/lab/fabric/netns"
)

// runInside runs this program again in the operator's namespace, and returns
// its exit status, as a shell would.
func runInside() (int, error) {
	cmd, err := insideCommand()
	if err != nil {
		return 1, err
	}
	group, err := Group("operator")
	if err != nil {
		return 1, err
	}
	if err := group.Make(); err != nil {
		return 1, err
	}
	folder, err := os.Open(group.Unified())
	if err != nil {
		return 1, fmt.Errorf("opening the operator's control group: %w", err)
	}
	defer folder.Close()
	cmd.SysProcAttr = &syscall.SysProcAttr{
		UseCgroupFD: true,
		CgroupFD:    int(folder.Fd()),
		Pdeathsig:   syscall.SIGKILL,
		// Only this process gets a terminal's Ctrl-C, and passes it on; the
		// other programs of the lab do not.
		Setpgid: true,
	}

	// "The parent's death" in prctl(2) is that of the thread that forked.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGQUIT)
	defer signal.Stop(signals)
	if err := cmd.Start(); err != nil {
		return 1, fmt.Errorf("starting the lab's inner half: %w", err)
	}
	done := make(chan struct{})
	defer close(done)
	go forward(signals, cmd.Process, done)
	return status(cmd.Wait())
}

// insideCommand uses nsenter(1) and not ip-netns(8), which would also give
// the program mounts of its own, where nothing outside sees the namespaces
// that it makes.
func insideCommand() (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("finding this program: %w", err)
	}
	argv := append([]string{"--net=" + netns.Path(fabric.Operator), "--", self}, os.Args[1:]...)
	cmd := exec.Command("nsenter", argv...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	return cmd, nil
}

func forward(signals <-chan os.Signal, to *os.Process, done <-chan struct{}) {
	for {
		select {
		case s := <-signals:
			to.Signal(s)
		case <-done:
			return
		}
	}
}

func status(err error) (int, error) {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0, nil
	case !errors.As(err, &exit):
		return 1, fmt.Errorf("waiting for the lab's inner half: %w", err)
	}
	wait := exit.Sys().(syscall.WaitStatus)
	if wait.Signaled() {
		return 128 + int(wait.Signal()), nil
	}
	return exit.ExitCode(), nil
}
