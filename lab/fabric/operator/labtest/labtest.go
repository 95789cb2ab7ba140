// Package labtest lets a package's tests run inside the lab. Without root on
// Linux the tests still run, outside, and those that need the lab skip
// themselves with Require.
package labtest

import (
	"fmt"
	"os"
	"testing"

	"tripvpn/internal/testenv"
	"tripvpn/lab/fabric"
	"tripvpn/lab/fabric/netns"
	"tripvpn/lab/fabric/operator"
)

// Main is a TestMain. It waits for another running lab, because the go command
// tests several packages at once. outside may be nil.
func Main(m *testing.M, outside func() (stop func(), err error)) {
	if operator.Missing() != nil {
		os.Exit(m.Run())
	}
	status, err := operator.Enter(operator.Lab{
		Inside:  m.Run,
		Outside: outside,
		Waiting: func(holder string) {
			fmt.Fprintf(os.Stderr, "waiting for another lab to end: process %s\n", holder)
		},
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		status = max(status, 1)
	}
	os.Exit(status)
}

// Require skips a test that is not inside the lab, or lacks a program.
func Require(t testing.TB, programs ...string) {
	t.Helper()
	Possible(t, operator.Missing(programs...))
	if !netns.Inside(fabric.Operator) {
		t.Fatal("not inside the lab: TestMain has to call labtest.Main")
	}
}

// Possible skips a test if there is a reason why it cannot run here. Where the
// environment says TRIPVPN_LAB=required, the test fails instead.
func Possible(t testing.TB, reason error) {
	t.Helper()
	testenv.Require(t, reason)
}
