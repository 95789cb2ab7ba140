package e2e

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/machine"
)

// gate holds sudo(8) on a host as soon as it runs a matching command, before the command
// starts. Each remote command uses sudo.
type gate struct{ host *machine.Machine }

// newGate makes a gate that is open. It is part of sudo's PAM session, and runs as the
// login user: pam_exec(8).
func newGate(t *testing.T, host *machine.Machine) gate {
	t.Helper()
	_, err := host.Run(t.Context(), "sh", "-euc", `
mkdir -p --mode=777 /run/gate
cat >/usr/local/sbin/gate <<'END'
#!/bin/sh
command=$(tr '\0' ' ' </proc/$PPID/cmdline)
[ -e /run/gate/holds ] && echo "$command" | grep -qf /run/gate/holds || exit 0
if [ -e /run/gate/lets-pass ]; then
    rm /run/gate/lets-pass
    exit 0
fi
echo "$command" >>/run/gate/held
while [ -e /run/gate/holds ]; do sleep 0.05; done
END
chmod 755 /usr/local/sbin/gate
grep -q /usr/local/sbin/gate /etc/pam.d/sudo || echo 'session required pam_exec.so quiet /usr/local/sbin/gate' >>/etc/pam.d/sudo`)
	require.NoError(t, err)
	return gate{host}
}

// hold holds commands that match one of the texts, after a number of them has passed.
func (g gate) hold(t *testing.T, pass int, texts ...string) {
	t.Helper()
	_, err := g.host.Run(t.Context(), "sh", "-euc", `
[ "$1" = 0 ] || touch /run/gate/lets-pass
printf '%s\n' "$2" >/run/gate/holds`, "sh", strconv.Itoa(pass), strings.Join(texts, "\n"))
	require.NoError(t, err)
}

// held returns nil once the gate holds a command that matches each text.
func (g gate) held(ctx context.Context, texts ...string) error {
	held, err := g.host.Run(ctx, "cat", "/run/gate/held")
	if err != nil {
		return err
	}
	for _, text := range texts {
		if !strings.Contains(held, text) {
			return fmt.Errorf("the gate does not hold %q yet, only: %s", text, held)
		}
	}
	return nil
}

func (g gate) open(t *testing.T) {
	t.Helper()
	_, err := g.host.Run(t.Context(), "sh", "-euc", "rm -f /run/gate/holds /run/gate/held /run/gate/lets-pass")
	require.NoError(t, err)
}

// cutSSH ends the operator's sessions on a host without a word.
func cutSSH(t *testing.T, host *machine.Machine) {
	t.Helper()
	_, err := host.Run(t.Context(), "pkill", "--signal=KILL", "--full", "^sshd-session: tripvpn")
	require.NoError(t, err)
}

// breaks starts an update, breaks it once reached returns nil, and requires that it fails.
func (k *killed) breaks(t *testing.T, reached func(context.Context) error, doBreak func()) {
	t.Helper()
	ended := make(chan error, 1)
	go func() {
		_, err := k.stack.Up(context.WithoutCancel(t.Context()))
		ended <- err
	}()
	eventually(t, 10*time.Minute, func() error {
		select {
		case err := <-ended:
			t.Fatalf("the run ended before: %v", err)
		default:
		}
		return reached(t.Context())
	})
	doBreak()
	require.Error(t, <-ended)
}

// Scripts that make uploads stall after twenty reads of at most 32 KiB while the gate is
// closed, and undo that.
const (
	stallUploads = `
mv /usr/lib/openssh/sftp-server /usr/lib/openssh/sftp-server.real
cat >/usr/lib/openssh/sftp-server <<'END'
#!/bin/sh
{ dd bs=32768 count=20 status=none; while [ -e /run/gate/holds ]; do sleep 0.05; done; } | /usr/lib/openssh/sftp-server.real
END
chmod 755 /usr/lib/openssh/sftp-server`
	letUploads = "mv /usr/lib/openssh/sftp-server.real /usr/lib/openssh/sftp-server"
)

// cutsUpload ends SSH when a part of the host binary has arrived.
func (k *killed) cutsUpload(t *testing.T) {
	host, err := k.server(t)
	require.NoError(t, err)
	g := newGate(t, host)
	g.hold(t, 0, "apt-get") // packages would be installed meanwhile
	_, err = host.Run(t.Context(), "sh", "-euc", stallUploads)
	require.NoError(t, err)
	k.breaks(t, func(ctx context.Context) error {
		_, err := host.Run(ctx, "test", "-s", "/home/tripvpn/tripvpn-bootstrap")
		return err
	}, func() { cutSSH(t, host) })
	_, err = host.Run(t.Context(), "sh", "-euc", letUploads)
	require.NoError(t, err)
	g.open(t)
	k.requireNothingNew(t)
}

// cuts ends SSH while the commands that match the texts run.
func (k *killed) cuts(t *testing.T, pass int, texts ...string) {
	host, err := k.server(t)
	require.NoError(t, err)
	g := newGate(t, host)
	g.hold(t, pass, texts...)
	k.breaks(t, func(ctx context.Context) error { return g.held(ctx, texts...) }, func() { cutSSH(t, host) })
	g.open(t)
	k.requireNothingNew(t)
}

// interrupts presses Ctrl-C while the server is set up. The CLI waits for that command.
func (k *killed) interrupts(t *testing.T) {
	host, err := k.server(t)
	require.NoError(t, err)
	g := newGate(t, host)
	const command = "apply -spec -"
	g.hold(t, 0, command)
	k.breaks(t, func(ctx context.Context) error { return g.held(ctx, command) }, func() {
		require.NoError(t, k.stack.Interrupt())
		g.open(t)
	})
	k.requireNothingNew(t)
}

// requireNothingNew requires that the next run finds nothing in the account that the stack
// does not know.
func (k *killed) requireNothingNew(t *testing.T) {
	t.Helper()
	preview, err := k.stack.Preview(t.Context())
	require.NoError(t, err)
	for _, command := range commands(preview) {
		require.Contains(t, command, "address", "what the killed runs left")
	}
}
