package e2e

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/machine"
	"tripvpn/lab/repo"
)

// installsPackages runs the program's script on a fresh host while another process
// holds one of the locks that apt does not wait for, each in turn.
func installsPackages(t *testing.T, host *machine.Machine) {
	_, err := host.Run(t.Context(), "sh", "-euc", "cloud-init status --wait >/dev/null || [ $? -eq 2 ]")
	require.NoError(t, err)
	const lists, archives = "/var/lib/apt/lists", "/var/cache/apt/archives"

	t.Run("a permanent failure", func(t *testing.T) {
		const broken = "/etc/apt/sources.list.d/broken.list"
		_, err := host.Run(t.Context(), "sh", "-euc", "echo nonsense >"+broken)
		require.NoError(t, err)
		script := installing(t, host, "")
		require.Error(t, script.Wait())
		_, err = host.Run(t.Context(), "rm", broken)
		require.NoError(t, err)
		require.Contains(t, script.said.String(), "source list "+broken)
	})
	t.Run("a lock that is never released", func(t *testing.T) {
		release := holdLock(t, host, lists)
		// Without pauses the script's five minutes pass quickly.
		script := installing(t, host, "sleep() { :; }\n")
		require.Error(t, script.Wait())
		require.Regexp(t, `Could not get lock `+lists+`/lock\. It is held by process \d+ \(python3\)`, script.said.String())
		release()
	})
	for _, folder := range []string{lists, archives} {
		t.Run("a lock that is released: "+folder, func(t *testing.T) {
			release := holdLock(t, host, folder)
			script := installing(t, host, "")
			ended := make(chan error, 1)
			go func() { ended <- script.Wait() }()
			eventually(t, time.Minute, func() error {
				select {
				case err := <-ended:
					t.Fatalf("it did not wait: %v\n%s", err, script.said.String())
				default:
				}
				if _, err := host.Run(t.Context(), "pgrep", "--exact", "sleep"); err != nil {
					return fmt.Errorf("it does not wait: %w", err)
				}
				return nil
			})
			release()
			require.NoError(t, <-ended, script.said)
		})
	}
	_, err = host.Run(t.Context(), "dpkg", "--status", "openvpn", "iptables")
	require.NoError(t, err)
}

// script is a script that runs on a host.
type script struct {
	*exec.Cmd
	said *bytes.Buffer
}

// installing starts the script that installs packages, after the lines in before.
func installing(t *testing.T, host *machine.Machine, before string) script {
	t.Helper()
	root, err := repo.Root()
	require.NoError(t, err)
	text, err := os.ReadFile(filepath.Join(root, "infra", "vpn", "packages.sh"))
	require.NoError(t, err)
	s := script{host.Command(within(t, 2*time.Minute), "sh", "-c", before+string(text)), &bytes.Buffer{}}
	s.Stdout, s.Stderr = s.said, s.said
	require.NoError(t, s.Start())
	return s
}

// holdLock holds the lock of one of apt's directories with fcntl(2), as apt does.
func holdLock(t *testing.T, host *machine.Machine, folder string) (release func()) {
	t.Helper()
	holder := host.Command(t.Context(), "python3", "-c", `
import fcntl, sys
lock = open(sys.argv[1], "a")
fcntl.lockf(lock, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
`, folder+"/lock")
	input, err := holder.StdinPipe()
	require.NoError(t, err)
	output, err := holder.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, holder.Start())
	_, err = io.ReadFull(output, make([]byte, len("held\n")))
	require.NoError(t, err)
	return func() {
		require.NoError(t, input.Close())
		require.NoError(t, holder.Wait())
	}
}
