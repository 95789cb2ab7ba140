package stack

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Kill ends the CLI of the operation that runs with SIGKILL, so that neither it nor
// the engine in it can clean up.
func (s *Stack) Kill() error { return s.signal(syscall.SIGKILL) }

// Interrupt sends SIGINT to the CLI of the operation that runs, as Ctrl-C does.
func (s *Stack) Interrupt() error { return s.signal(syscall.SIGINT) }

func (s *Stack) signal(signal syscall.Signal) error {
	pid, err := s.running()
	if err != nil {
		return err
	}
	return syscall.Kill(pid, signal)
}

// running finds the process of the CLI. Its path is the stack's own.
func (s *Stack) running() (pid int, err error) {
	folder := filepath.Join(s.options.Folder, "cli")
	processes, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		return 0, err
	}
	for _, path := range processes {
		argv, err := os.ReadFile(path)
		if err == nil && bytes.HasPrefix(argv, []byte(folder)) {
			return strconv.Atoi(strings.Split(path, "/")[2])
		}
	}
	return 0, fmt.Errorf("no operation of the stack in %q is running", s.options.Folder)
}

// Cancel removes what a killed operation left beside the state.
func (s *Stack) Cancel(ctx context.Context) error {
	if err := RemoveEmptyAttributes(stateFolder(s.options)); err != nil {
		return err
	}
	if output, err := s.Command(ctx, "pulumi", "cancel", "--yes", stackName).CombinedOutput(); err != nil {
		return fmt.Errorf("cancelling the operation of a killed CLI: %w: %s", err, output)
	}
	return nil
}

// RemoveEmptyAttributes removes the file of attributes beside each state of a
// backend in a folder, if a killed CLI left it empty, which makes the CLI refuse the
// state with EOF. The state itself is whole: it is renamed into place, and only its
// attributes are written in place (gocloud.dev, blob/fileblob).
func RemoveEmptyAttributes(backend string) error {
	files, err := filepath.Glob(filepath.Join(backend, ".pulumi", "stacks", "*", "*.attrs"))
	if err != nil {
		return err
	}
	for _, path := range files {
		info, err := os.Stat(path)
		if err == nil && info.Size() == 0 {
			err = os.Remove(path)
		}
		if err != nil {
			return fmt.Errorf("removing empty attributes: %w", err)
		}
	}
	return nil
}
