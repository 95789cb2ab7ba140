// Package testenv tells tests what this machine lacks. It is the one place
// where a test is skipped.
package testenv

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// Require skips the test if there is a reason why it cannot run here. Where the
// environment says TRIPVPN_LAB=required, the test fails instead.
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

// Optional skips the test if there is a reason why it cannot run here, even
// where the lab's tests are required: for what `make test` does not install.
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

// RequirePrograms requires programs on the PATH.
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
