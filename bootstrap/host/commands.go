package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// Commands returns a Runner for the programs of a real host, in the tree below root.
// If root is not /, commands run in it (chroot(2)), so that they see the same files.
func Commands(root string) Runner { return commands{root} }

type commands struct{ root string }

// CommandError is a command that failed or could not be run.
type CommandError struct {
	Args   []string
	Output string // standard error, then standard output
	Err    error  // an exec.ExitError, or why the command could not be run
}

func (e *CommandError) Error() string {
	text := fmt.Sprintf("running %q: %v", strings.Join(e.Args, " "), e.Err)
	if output := strings.TrimSpace(e.Output); output != "" {
		text += ": " + output
	}
	return text
}

func (e *CommandError) Unwrap() error { return e.Err }

// ExitCode returns the exit code of the command that failed with err, or -1 if err is
// not an exec.ExitError.
func ExitCode(err error) int {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	return -1
}

func (c commands) Run(ctx context.Context, args ...string) (string, error) {
	path, err := c.find(args[0])
	if err != nil {
		return "", &CommandError{Args: args, Err: err}
	}
	var stdout, stderr bytes.Buffer
	command := exec.CommandContext(ctx, path, args[1:]...)
	command.Args[0] = args[0]
	command.Stdout, command.Stderr = &stdout, &stderr
	command.Env = []string{"LC_ALL=C", "PATH=" + strings.Join(programDirs, ":"), "SYSTEMD_COLORS=0"}
	command.Dir = "/"
	if c.root != "/" {
		command.SysProcAttr = &syscall.SysProcAttr{Chroot: c.root}
	}
	if err := command.Run(); err != nil {
		return stdout.String(), &CommandError{Args: args, Output: stderr.String() + stdout.String(), Err: err}
	}
	return stdout.String(), nil
}

// programDirs are Debian's directories of programs, used instead of the caller's PATH.
var programDirs = []string{"/usr/local/sbin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"}

// find returns the program's path below the root.
func (c commands) find(name string) (string, error) {
	if filepath.IsAbs(name) {
		return name, nil
	}
	for _, dir := range programDirs {
		path := filepath.Join(dir, name)
		if info, err := os.Lstat(filepath.Join(c.root, path)); err == nil && !info.IsDir() {
			return path, nil
		}
	}
	return "", fmt.Errorf("%w: %s", exec.ErrNotFound, name)
}
