// Package command runs other programs and reports their failures in readable
// errors: the command, its end, its output. Argv must not contain a secret,
// because errors repeat it.
package command

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
)

// Error is a program that failed.
type Error struct {
	Argv   []string
	Code   int    // exit code; -1 if it was not started or was killed
	Output string // the end of what it wrote to standard error, else to standard output
	Err    error
}

// outputLimit keeps a chatty program's error readable.
const outputLimit = 4000

func (e *Error) Error() string {
	text := fmt.Sprintf("running %q: %v", strings.Join(e.Argv, " "), e.Err)
	if e.Output != "" {
		text += ": " + e.Output
	}
	return text
}

func (e *Error) Unwrap() error { return e.Err }

// Run runs argv, gives it stdin, and returns what it wrote to standard output.
// Any exit code but 0 is an *Error.
func Run(ctx context.Context, stdin io.Reader, argv ...string) (string, error) {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Stdin = stdin
	return Output(cmd)
}

// Output runs a prepared command and returns what it wrote to standard output.
func Output(cmd *exec.Cmd) (string, error) {
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return stdout.String(), failure(cmd.Args, err, stdout.String(), stderr.String())
	}
	return stdout.String(), nil
}

func failure(argv []string, err error, stdout, stderr string) error {
	said := strings.TrimSpace(stderr)
	if said == "" {
		said = strings.TrimSpace(stdout)
	}
	return &Error{Argv: argv, Code: exitCode(err), Output: tail(said), Err: err}
}

func exitCode(err error) int {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	return -1
}

func tail(text string) string {
	if len(text) <= outputLimit {
		return text
	}
	return "… " + text[len(text)-outputLimit:]
}
