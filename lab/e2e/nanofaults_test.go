//go:build vm

package e2e

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Faults that need a kernel, a memory and a disk of the host's own.

// cutsPower cuts the power in an update as soon as a shell command on the host succeeds.
// The update fails, and the machine boots again.
func (n *nano) cutsPower(t *testing.T, command string) {
	k := &killed{n.trip}
	k.breaks(t, func(ctx context.Context) error {
		host, err := n.world.Host(n.at)
		if err == nil {
			_, err = host.Run(ctx, "timeout", "20", "sh", "-euc", "until "+command+"; do sleep 0.05; done")
		}
		return err
	}, func() { n.losesPower(t) })
	require.NoError(t, n.host(t).AwaitBooted(within(t, 5*time.Minute)))
}

func (n *nano) losesPower(t *testing.T) {
	t.Helper()
	require.NoError(t, n.host(t).Kill(within(t, time.Minute)))
	require.NoError(t, n.host(t).PowerOn(within(t, 5*time.Minute)))
}

// cutsPowerInPackages cuts the power while dpkg has noted a package's new state, and not
// yet merged the note with the others.
func (n *nano) cutsPowerInPackages(t *testing.T) {
	n.cutsPower(t, "ls /var/lib/dpkg/updates | grep -q '^[0-9]'")
}

// cutsPowerInApply cuts the power while the host binary writes files.
func (n *nano) cutsPowerInApply(t *testing.T) {
	n.cutsPower(t, "[ -e /etc/openvpn/server/darrell/server.key ]")
}

// runsOutOfMemory runs a program that takes all of it, in a unit of its own.
func (n *nano) runsOutOfMemory(t *testing.T) {
	session := n.connectTraveller(t)
	_, err := n.host(t).Run(within(t, 5*time.Minute), "systemd-run", "--quiet", "--wait", "--unit=greedy", "sh", "-c", "head --bytes=1G /dev/zero | tail --bytes=1G")
	require.Error(t, err)
	killed, err := n.host(t).Run(t.Context(), "journalctl", "--boot", "--dmesg", "--no-pager", "--output=cat", "--grep=Killed process")
	require.NoError(t, err)
	require.Regexp(t, `Killed process \d+ \((head|tail)\)`, killed)
	require.Equal(t, 1, strings.Count(killed, "Killed process"), killed)
	eventually(t, time.Minute, func() error { return n.looksLikeTheServer(t) })
	require.Equal(t, 1, strings.Count(session.Log(), "Initialization Sequence Completed"), "the client has reconnected")
	output, code := bootstrap(t, n.host(t), nil, "verify")
	require.Zero(t, code, output)
	require.NoError(t, session.Disconnect(within(t, 20*time.Second)))
}

// fillsDisk writes until nothing more fits, also for root.
func (n *nano) fillsDisk(t *testing.T) {
	_, err := n.host(t).Run(within(t, 5*time.Minute), "sh", "-euc", `
fallocate --length $(($(stat --file-system --format='%f * %S' /) - (32 << 20))) /full
if cat /dev/zero >>/full; then exit 1; fi
if echo more >/more; then exit 1; fi`)
	require.NoError(t, err)
	output, code := bootstrap(t, n.host(t), nil, "verify")
	require.Equal(t, 2, code, output)
	require.Contains(t, output, "the disk has no space for updates: 0 MB are free")
	require.Contains(t, output, "not verified: 1 problem ")
	_, err = n.host(t).Run(t.Context(), "systemctl", "restart", server)
	require.NoError(t, err)
	session := n.connectTraveller(t)

	n.settings["maintenanceHour"] = 6
	require.NoError(t, n.stack.Configure(t.Context(), n.settings))
	_, err = n.stack.Up(t.Context())
	require.ErrorContains(t, err, "no space left on device")
	require.NoError(t, n.looksLikeTheServer(t))
	require.Equal(t, 1, strings.Count(session.Log(), "Initialization Sequence Completed"), "the client has reconnected")
	require.NoError(t, session.Disconnect(within(t, 20*time.Second)))

	_, err = n.host(t).Run(t.Context(), "rm", "-f", "/full", "/more")
	require.NoError(t, err)
	_, err = n.stack.Up(t.Context())
	require.NoError(t, err)
	for _, command := range []string{"verify", "plan"} {
		output, code := bootstrap(t, n.host(t), nil, command)
		require.Zero(t, code, output)
	}
	n.unchanged(t)
}
