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
func (s *Stack) Kill() error {
	pid, err := s.running()
	if err != nil {
		return err
	}
	return syscall.Kill(pid, syscall.SIGKILL)
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

// Cancel removes what a killed operation left beside the state, as
// docs/operating.md says: its lock, and perhaps an empty file of attributes. The
// state itself is renamed into place, while its attributes are written in place
// (gocloud.dev, blob/fileblob).
func (s *Stack) Cancel(ctx context.Context) error {
	attributes, err := filepath.Glob(filepath.Join(stateFolder(s.options), ".pulumi", "stacks", project, "*.attrs"))
	if err != nil {
		return err
	}
	for _, path := range attributes {
		if info, err := os.Stat(path); err == nil && info.Size() == 0 {
			if err := os.Remove(path); err != nil {
				return err
			}
		}
	}
	if output, err := s.Command(ctx, "pulumi", "cancel", "--yes", stackName).CombinedOutput(); err != nil {
		return fmt.Errorf("cancelling the operation of a killed CLI: %w: %s", err, output)
	}
	return nil
}
