// Command acceptance takes the program on a short trip on a real AWS account. Package
// acceptance does the work; the command asks before, and cleans up after a failure and
// after Ctrl-C.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"tripvpn/lab/acceptance"
	"tripvpn/lab/repo"
	"tripvpn/lab/report"
)

// settings are the command's flags.
type settings struct {
	yes                                  bool
	folder, from, to, page, admin, types string
}

func flags() settings {
	var s settings
	flag.BoolVar(&s.yes, "yes", false, "do not ask")
	flag.StringVar(&s.from, "from", "us-east-1", "the region of the first server")
	flag.StringVar(&s.to, "to", "us-west-2", "the region to move to")
	flag.StringVar(&s.types, "instance-type", "", "the instance type, if not the program's default")
	flag.StringVar(&s.admin, "admin", "", "the network that may reach SSH, if not this machine's own address")
	flag.StringVar(&s.page, "page", "https://checkip.amazonaws.com", "a page that shows the caller's IPv4 address")
	flag.StringVar(&s.folder, "folder", "", "where the stack is kept, if not in the user's folder for state")
	flag.Parse()
	return s
}

func main() {
	if err := run(flags()); err != nil {
		fmt.Fprintln(os.Stderr, "acceptance:", err)
		os.Exit(1)
	}
}

func run(s settings) error {
	if err := acceptance.Missing(context.Background()); err != nil {
		return err
	}
	if s.from == s.to {
		return fmt.Errorf("-from and -to are the same region %q: choose two", s.from)
	}
	page, err := url.Parse(s.page)
	if err != nil {
		return fmt.Errorf("-page: %w", err)
	}
	root, err := repo.Root()
	if err != nil {
		return err
	}
	if s.folder == "" {
		if s.folder, err = stateFolder(); err != nil {
			return err
		}
	}
	if !s.yes && !agreed(s, os.Stdin, os.Stdout) {
		return errors.New("not agreed to: nothing was done")
	}
	lock, err := acceptance.Hold(s.folder, func() {
		fmt.Println("waiting for another run, or for what a killed one started, to end")
	})
	if err != nil {
		return err
	}
	out := filepath.Join(root, "lab", "out")
	told, err := report.Begin(filepath.Join(out, "acceptance.json"), os.Stdout)
	if err != nil {
		return err
	}
	log, err := os.OpenFile(filepath.Join(out, "acceptance.log"), os.O_RDWR|os.O_CREATE|os.O_TRUNC|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("opening the log: %w", err)
	}
	defer log.Close()
	err = travel(acceptance.New(acceptance.Options{
		Report: told, Root: root, Folder: s.folder, Lock: lock, Log: log,
		From: s.from, To: s.to, Page: page, InstanceType: s.types, Admin: s.admin,
	}))
	return errors.Join(err, told.End(err == nil))
}

// travel cleans up what an earlier run left, and what this one leaves.
func travel(a *acceptance.Acceptance) error {
	if err := interruptible(a.CleanUp); err != nil {
		return err
	}
	err := interruptible(a.Trip)
	if err != nil {
		fmt.Println("the run ends here; cleaning up (Ctrl-C ends that as well)")
		err = errors.Join(err, interruptible(a.CleanUp))
	}
	return err
}

// interruptible ends the context of an action with Ctrl-C.
func interruptible(action func(context.Context) error) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	return action(ctx)
}

// stateFolder is below XDG_STATE_HOME or ~/.local/state: a cache may be deleted at any
// time, the state of a stack may not.
func stateFolder() (string, error) {
	if state := os.Getenv("XDG_STATE_HOME"); state != "" {
		return filepath.Join(state, "tripvpn-acceptance"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("choosing the folder for the stack: %w; set -folder", err)
	}
	return filepath.Join(home, ".local", "state", "tripvpn-acceptance"), nil
}

const question = `This builds a server in your AWS account, in %s, changes it, moves it to %s, and
destroys it, with the credentials that are in the environment. For some minutes there
are two servers and two public addresses. It takes about twenty minutes and costs less
than ten US cents.

Only a line "yes" continues: `

// agreed asks the operator.
func agreed(s settings, in io.Reader, out io.Writer) bool {
	fmt.Fprintf(out, question, s.from, s.to)
	line, _ := bufio.NewReader(in).ReadString('\n') // without a line there is no yes
	return strings.TrimSpace(line) == "yes"
}
