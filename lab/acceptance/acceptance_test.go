package acceptance

import (
	"context"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/repo"
	"tripvpn/lab/report"
)

// These tests replace the programs that a run starts by scripts. A whole run, in the lab,
// is in cmd/acceptance.

// program puts a script on PATH.
func program(t *testing.T, name, script string) {
	t.Helper()
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte("#!/bin/sh\n"+script), 0o755))
	t.Setenv("PATH", folder+":"+os.Getenv("PATH"))
}

func newRun(t *testing.T) *Acceptance {
	t.Helper()
	root, err := repo.Root()
	require.NoError(t, err)
	folder := t.TempDir()
	lock, err := Hold(folder, func() { t.Error("nobody else holds the folder") })
	require.NoError(t, err)
	t.Cleanup(func() { lock.Close() })
	told, err := report.Begin(filepath.Join(t.TempDir(), "report.json"), io.Discard)
	require.NoError(t, err)
	log, err := os.OpenFile(filepath.Join(t.TempDir(), "log"), os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	require.NoError(t, err)
	t.Cleanup(func() { log.Close() })
	return New(Options{
		Report: told, Root: root, Folder: folder, Lock: lock, Log: log,
		From: "us-east-1", To: "us-west-2", Page: &url.URL{},
	})
}

func entries(t *testing.T, folder string) []string {
	t.Helper()
	var names []string
	found, err := os.ReadDir(folder)
	require.NoError(t, err)
	for _, entry := range found {
		names = append(names, entry.Name())
	}
	return names
}

func TestAStackThatCannotBeDestroyedIsKept(t *testing.T) {
	a := newRun(t)
	program(t, "pulumi", `case "$*" in *destroy*) echo "AWS says no"; exit 1;; esac`)
	require.NoError(t, a.makeStack(t.Context()))
	require.NoError(t, a.stack.use())

	next := New(a.Options)
	err := next.CleanUp(t.Context())
	require.ErrorContains(t, err, "AWS says no")
	folder := filepath.Join(a.Folder, "run")
	for _, line := range []string{
		"cd '" + folder + "/project'",
		"export PULUMI_BACKEND_URL='file://" + folder + "/state' PULUMI_CONFIG_PASSPHRASE_FILE='" + folder + "/passphrase'",
		"pulumi cancel --yes --stack " + a.name,
		"pulumi destroy --yes --stack " + a.name,
		"in us-east-1 and us-west-2",
	} {
		require.ErrorContains(t, err, line)
	}
	require.DirExists(t, folder)
}

// What the stack does not know goes before the network around it.
func TestWhatAKilledRunLeftIsRemovedFirst(t *testing.T) {
	a := newRun(t)
	done := filepath.Join(t.TempDir(), "done")
	program(t, "aws", `case "$*" in *describe-regions*) ;; *) echo "aws $*" >>`+done+`;; esac`)
	program(t, "pulumi", `case "$*" in
	*preview*) [ -e `+done+` ] || echo "    aws ec2 --region us-east-1 terminate-instances --instance-ids i-0123456789abcdef0" ;;
	*destroy*) echo destroy >>`+done+` ;;
	esac`)
	require.NoError(t, a.makeStack(t.Context()))
	require.NoError(t, a.stack.use())
	require.NoError(t, New(a.Options).CleanUp(t.Context()))
	text, err := os.ReadFile(done)
	require.NoError(t, err)
	require.Equal(t, "aws ec2 --region us-east-1 terminate-instances --instance-ids i-0123456789abcdef0\ndestroy\n", string(text))
}

func TestAStackThatWasNeverUsedIsRemovedWithoutPulumi(t *testing.T) {
	a := newRun(t)
	program(t, "pulumi", "exit 0")
	require.NoError(t, a.makeStack(t.Context()))
	program(t, "pulumi", "exit 1")
	require.NoError(t, New(a.Options).CleanUp(t.Context()))
	require.Equal(t, []string{"lock"}, entries(t, a.Folder))
}

func TestAnIncompleteStackIsNoStack(t *testing.T) {
	a := newRun(t)
	program(t, "pulumi", `case "$*" in *config*) exit 1;; esac`)
	require.ErrorContains(t, a.makeStack(t.Context()), "pulumi config set --path tripvpn:name acceptance")
	require.Equal(t, []string{"lock", "run.partial"}, entries(t, a.Folder))
	require.NoError(t, New(a.Options).CleanUp(t.Context()))
	require.Equal(t, []string{"lock"}, entries(t, a.Folder))
}

// TestTheFolderIsHeldByWhatAKilledRunStarted starts an operation and forgets it.
func TestTheFolderIsHeldByWhatAKilledRunStarted(t *testing.T) {
	a := newRun(t)
	program(t, "pulumi", "exit 0")
	require.NoError(t, a.makeStack(t.Context()))
	program(t, "pulumi", "cat")
	orphan := a.stack.command(context.Background(), "up")
	stdin, err := orphan.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, orphan.Start())
	require.NoError(t, a.Lock.Close())

	waited := false
	lock, err := Hold(a.Folder, func() {
		waited = true
		require.NoError(t, stdin.Close())
	})
	require.NoError(t, err)
	require.NoError(t, lock.Close())
	require.True(t, waited)
	require.NoError(t, orphan.Wait())
}

func TestAnotherPassphraseIsNotPassedOn(t *testing.T) {
	a := newRun(t)
	t.Setenv("PULUMI_CONFIG_PASSPHRASE", "another stack's")
	t.Setenv("PULUMI_HOME", "/kept")
	program(t, "pulumi", "env")
	require.NoError(t, a.makeStack(t.Context()))
	said, err := a.stack.pulumi(t.Context(), "preview")
	require.NoError(t, err)
	require.NotContains(t, said, "another stack's")
	require.Contains(t, said, "PULUMI_HOME=/kept\n")
	require.Contains(t, said, "PULUMI_CONFIG_PASSPHRASE_FILE="+a.stack.passphrase()+"\n")
}

func TestAnOutputIsOnlyForThisUser(t *testing.T) {
	a := newRun(t)
	program(t, "pulumi", `case "$*" in *"stack output"*) echo secret;; esac`)
	require.NoError(t, a.makeStack(t.Context()))
	path := filepath.Join(a.Folder, "first.ovpn")
	require.NoError(t, a.stack.output(t.Context(), "first.ovpn", path))
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "secret\n", string(text))
	about, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), about.Mode())
	log, err := os.ReadFile(a.Log.Name())
	require.NoError(t, err)
	require.NotContains(t, string(log), "secret")
}
