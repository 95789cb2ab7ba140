// Package testenv skips tests that this machine cannot run. No other code may skip
// a test.
package testenv

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// Require skips the test with that reason, unless it is nil. With
// TRIPVPN_LAB=required in the environment, the test fails instead.
func Require(t testing.TB, reason error) {
	t.Helper()
	switch {
	case reason == nil:
	case os.Getenv("TRIPVPN_LAB") == "required":
		t.Fatal(reason)
	default:
		t.Skipf("%v: run `make test` as root", reason)
	}
}

// Optional skips the test with that reason, unless it is nil, even with
// TRIPVPN_LAB=required. It is for needs that `make test` does not install.
func Optional(t testing.TB, reason error) {
	t.Helper()
	if reason != nil {
		t.Skip(reason)
	}
}

// RequireRoot requires that the test runs as root.
func RequireRoot(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		Require(t, errors.New("the test needs root"))
	}
}

// RequirePrograms requires programs on PATH.
func RequirePrograms(t testing.TB, names ...string) {
	t.Helper()
	var absent []string
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			absent = append(absent, name)
		}
	}
	if len(absent) > 0 {
		Require(t, fmt.Errorf("the test needs programs that are not installed: %s", strings.Join(absent, ", ")))
	}
}
