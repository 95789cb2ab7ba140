// Package scripttest has commands for scripts of testscript, for the tests of several
// programs.
package scripttest

import (
	"errors"
	"os/exec"
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"
)

// Exits is the command "exits CODE PROGRAM ARGS": like exec, but it requires that exit
// code.
func Exits(ts *testscript.TestScript, _ bool, args []string) {
	code, exit := 0, new(exec.ExitError)
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if args[0] != strconv.Itoa(code) {
		ts.Fatalf("exit code %d, not %s", code, args[0])
	}
}
