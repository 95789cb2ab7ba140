package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/infra/config"
	"tripvpn/infra/vpn"
	"tripvpn/lab/cli"
	"tripvpn/lab/cloud/serve"
	"tripvpn/lab/fabric"
	"tripvpn/lab/fabric/netns"
	"tripvpn/lab/fabric/operator"
	"tripvpn/lab/fabric/operator/labtest"
	"tripvpn/lab/poll"
	"tripvpn/lab/repo"
	"tripvpn/lab/report"
	"tripvpn/lab/site"
	"tripvpn/lab/world"
)

func TestOnlyYesIsAgreement(t *testing.T) {
	for answer, want := range map[string]bool{"yes\n": true, " yes": true, "": false, "y\n": false, "no\n": false, "\nyes\n": false} {
		var said strings.Builder
		require.Equal(t, want, agreed(settings{from: from, to: to}, strings.NewReader(answer), &said), "%q", answer)
		require.Contains(t, said.String(), "in "+from)
		require.Contains(t, said.String(), "to "+to)
		require.Contains(t, said.String(), "cents")
	}
}

func TestMain(m *testing.M) { labtest.Main(m, outside) }

// outside prepares what needs the machine's own network.
func outside() (stop func(), err error) {
	say := func(text string) { fmt.Fprintln(os.Stderr, text) }
	root, err := repo.Root()
	if err != nil {
		return nil, err
	}
	if _, err := cli.Path(context.Background(), say); err != nil {
		return nil, err
	}
	if err := cli.Compile(context.Background(), root); err != nil {
		return nil, err
	}
	if _, err := vpn.BuildBinary(context.Background(), root, config.Architecture(runtime.GOARCH)); err != nil {
		return nil, err
	}
	return site.ServePackages()
}

const from, to = "us-east-1", "eu-west-1"

// account is the lab's account, and the environment in which a command uses it.
type account struct {
	world   *world.World
	root    string
	folder  string // of the acceptance
	program string // the command
	env     []string

	namespaces []string // of other runs on this machine
}

// newAccount opens a world, and builds the command.
func newAccount(t *testing.T) *account {
	t.Helper()
	labtest.Possible(t, site.Missing())
	labtest.Require(t, "openvpn")
	root, err := repo.Root()
	require.NoError(t, err)
	path, err := cli.Path(t.Context(), func(text string) { t.Log(text) })
	require.NoError(t, err)
	w, err := world.Open(t.Context(), world.Options{Root: root, Progress: func(text string) { t.Log(text) }})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.Close()) })
	attachments, stop, err := serve.Attach(w.Plugins()...)
	require.NoError(t, err)
	t.Cleanup(stop)
	a := &account{
		world: w, root: root, program: filepath.Join(t.TempDir(), "acceptance"),
		// The namespace's name depends on it: the next test removes what a killed one left.
		folder: filepath.Join(operator.DiskFolder, "acceptance"),
	}
	output, err := exec.Command("go", "build", "-o", a.program, ".").CombinedOutput()
	require.NoError(t, err, "%s", output)
	a.namespaces = namespaces(t)
	t.Cleanup(func() {
		for _, name := range namespaces(t) {
			if !slices.Contains(a.namespaces, name) {
				require.NoError(t, netns.Delete(context.Background(), name))
			}
		}
	})
	a.env = append(os.Environ(),
		"PATH="+a.awsCommand(t)+":"+path+":"+os.Getenv("PATH"),
		serve.Variable+"="+attachments,
		"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true",
	)
	return a
}

// namespaces are those of all acceptances on this machine.
func namespaces(t *testing.T) []string {
	t.Helper()
	all, err := netns.List()
	require.NoError(t, err)
	return slices.DeleteFunc(all, func(name string) bool { return !strings.HasPrefix(name, "tripvpn-acc-") })
}

// awsCommand makes an aws command that answers the questions of the acceptance from the
// account, and no others. It returns its folder.
func (a *account) awsCommand(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		words := strings.Fields(r.URL.Query().Get("argv"))
		question := strings.Join(words[:min(4, len(words))], " ")
		switch question {
		case "--output text ec2 describe-regions":
			fmt.Fprintf(w, "%s\t%s\n", from, to)
		case "--output text resourcegroupstaggingapi get-resources":
			for _, line := range a.world.Cloud.Inventory() {
				if region, id, _ := strings.Cut(line, " "); region == words[5] {
					fmt.Fprintf(w, "arn:aws:ec2:%s:123456789012:something/%s\n", region, id)
				}
			}
		default:
			http.Error(w, "unexpected: aws "+strings.Join(words, " "), http.StatusBadRequest)
		}
	}))
	t.Cleanup(server.Close)
	folder := t.TempDir()
	script := fmt.Sprintf("#!/bin/sh\nexec curl --silent --show-error --fail-with-body --noproxy '*' --get --data-urlencode \"argv=$*\" %s\n", server.URL)
	require.NoError(t, os.WriteFile(filepath.Join(folder, "aws"), []byte(script), 0o755))
	return folder
}

// command prepares a run.
func (a *account) command() *exec.Cmd {
	command := exec.Command(a.program, "-yes", "-folder", a.folder, "-from", from, "-to", to,
		"-page", world.AddressPage, "-admin", fabric.OperatorAddress.String()+"/32", "-instance-type", world.InstanceType())
	command.Env = a.env
	return command
}

func (a *account) report(t *testing.T) report.Report {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(a.root, "lab", "out", "acceptance.json"))
	require.NoError(t, err)
	var told report.Report
	require.NoError(t, json.Unmarshal(text, &told))
	return told
}

// TestTheAcceptanceAlwaysCleansUp lists three runs, each of which finds what the one
// before has left.
func TestTheAcceptanceAlwaysCleansUp(t *testing.T) {
	a := newAccount(t)
	for _, run := range []struct {
		name string
		test func(*testing.T)
	}{
		{"a run is killed in the middle of an update", a.isKilled},
		{"the next one destroys its stack, and is interrupted itself", a.isInterrupted},
		{"the last one passes", a.passes},
	} {
		if !t.Run(run.name, run.test) {
			t.FailNow()
		}
	}
}

// isKilled kills a run, with everything that it has started, while an update of a working
// server holds the stack's lock.
func (a *account) isKilled(t *testing.T) {
	group, err := operator.Group("acceptance")
	require.NoError(t, err)
	require.NoError(t, group.Make())
	folder, err := os.Open(group.Unified())
	require.NoError(t, err)
	defer folder.Close()
	killed := a.command()
	killed.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(folder.Fd())}
	said := a.begin(t, killed, "pulumi up with one client more")
	eventually(t, func() bool {
		locks, err := filepath.Glob(filepath.Join(a.folder, "run/state/.pulumi/locks/organization/tripvpn/*/*.json"))
		require.NoError(t, err)
		return len(locks) > 0
	})
	require.NoError(t, group.End(t.Context()))
	_ = a.rest(t, killed, said)
	require.False(t, a.report(t).OK, "a killed run is not a success")
	require.NotEmpty(t, a.world.Cloud.Inventory(), "the killed run has left a server")
}

// isInterrupted interrupts a run as soon as it has created something.
func (a *account) isInterrupted(t *testing.T) {
	interrupted := a.command()
	said := a.begin(t, interrupted, "pulumi up")
	eventually(t, func() bool { return len(a.world.Cloud.Inventory()) > 0 })
	require.NoError(t, interrupted.Process.Signal(os.Interrupt))
	require.Contains(t, a.rest(t, interrupted, said), "pulumi up: FAILED")
	told := a.report(t)
	require.False(t, told.OK, "an interrupted run is not a success")
	require.Contains(t, told.Steps[0].Name, "clean up: pulumi cancel and destroy", "the stack of the killed run")
	last := told.Steps[len(told.Steps)-1]
	require.Equal(t, "clean up: remove the stack and the network namespace", last.Name)
	require.True(t, last.OK)
	a.isGone(t)
}

func (a *account) passes(t *testing.T) {
	output, err := a.command().CombinedOutput()
	t.Logf("%s", output)
	require.NoError(t, err)
	told := a.report(t)
	require.True(t, told.OK)
	require.Len(t, told.Steps, 13)
	for _, step := range told.Steps {
		require.True(t, step.OK, step.Name)
	}
	a.isGone(t)
}

// begin starts a run, and returns when the step begins.
func (a *account) begin(t *testing.T, run *exec.Cmd, step string) *bufio.Scanner {
	t.Helper()
	output, input, err := os.Pipe()
	require.NoError(t, err)
	t.Cleanup(func() { output.Close() })
	run.Stdout, run.Stderr = input, input
	require.NoError(t, run.Start())
	require.NoError(t, input.Close())
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		t.Log(lines.Text())
		if strings.HasPrefix(lines.Text(), step) && strings.HasSuffix(lines.Text(), "…") {
			return lines
		}
	}
	t.Fatalf("the run ended before the step %q", step)
	return nil
}

// rest returns the rest of what a run says. It must fail.
func (a *account) rest(t *testing.T, run *exec.Cmd, lines *bufio.Scanner) string {
	t.Helper()
	var text strings.Builder
	for lines.Scan() {
		t.Log(lines.Text())
		text.WriteString(lines.Text() + "\n")
	}
	require.Error(t, run.Wait())
	return text.String()
}

func eventually(t *testing.T, done func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	require.NoError(t, poll.Until(ctx, 20*time.Millisecond, func() (bool, error) { return done(), nil }))
}

// isGone requires that nothing is left, neither in the account nor on this machine.
func (a *account) isGone(t *testing.T) {
	t.Helper()
	left, err := a.world.Leftovers()
	require.NoError(t, err)
	require.Empty(t, left)
	entries, err := os.ReadDir(a.folder)
	require.NoError(t, err)
	require.Len(t, entries, 1, "only the lock is left")
	require.Equal(t, a.namespaces, namespaces(t))
	rules, err := exec.Command("nft", "list", "ruleset").CombinedOutput()
	require.NoError(t, err, "%s", rules)
	require.NotContains(t, string(rules), "tripvpn-acc-")
	forwarding, err := os.ReadFile("/proc/sys/net/ipv4/ip_forward")
	require.NoError(t, err)
	require.Equal(t, "0\n", string(forwarding), "forwarding is as it was")
}
