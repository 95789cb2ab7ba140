package e2e

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/machine"
	"tripvpn/lab/repo"
)

// installsPackages runs the program's script on a fresh host, while its mirror
// fails, and while another process holds one of the locks of apt and dpkg.
func installsPackages(t *testing.T, host *machine.Machine) {
	_, err := host.Run(t.Context(), "sh", "-euc", "cloud-init status --wait >/dev/null || [ $? -eq 2 ]")
	require.NoError(t, err)
	part(t, "a permanent failure", func(t *testing.T) {
		const broken = "/etc/apt/sources.list.d/broken.list"
		_, err := host.Run(t.Context(), "sh", "-euc", "echo nonsense >"+broken)
		require.NoError(t, err)
		script := installing(t, host, "")
		require.Error(t, script.Wait())
		_, err = host.Run(t.Context(), "rm", broken)
		require.NoError(t, err)
		require.Contains(t, script.said.String(), "source list "+broken)
	})
	part(t, "a lock that is never released", func(t *testing.T) {
		release := holdLock(t, host, lists)
		// Without pauses the script's five minutes pass quickly.
		script := installing(t, host, "sleep() { :; }\n")
		require.Error(t, script.Wait())
		require.Regexp(t, `Could not get lock `+lists+`\. It is held by process \d+ \(python3\)`, script.said.String())
		release()
	})
	part(t, "a mirror that fails at first", func(t *testing.T) {
		restore := failFirst(t, host)
		script := installing(t, host, "")
		require.NoError(t, script.Wait(), script.said)
		require.Positive(t, restore(), "requests that failed")
	})
	part(t, "a lock that is released", func(t *testing.T) { waitsForLocks(t, host) })
	part(t, "an installation that was cut off", func(t *testing.T) { continuesInstallation(t, host) })
	_, err = host.Run(t.Context(), "dpkg", "--status", "openvpn", "iptables")
	require.NoError(t, err)
}

const lists = "/var/lib/apt/lists/lock"

// waitsForLocks runs the script while each of the locks is held for a while.
func waitsForLocks(t *testing.T, host *machine.Machine) {
	for lock, waiting := range map[string]string{
		lists:                          "pgrep --exact sleep",
		"/var/cache/apt/archives/lock": "pgrep --exact sleep",
		// Here apt-get itself waits.
		"/var/lib/dpkg/lock-frontend": "grep nanosleep /proc/$(pgrep --exact apt-get)/wchan",
		"/var/lib/dpkg/lock":          "grep nanosleep /proc/$(pgrep --exact apt-get)/wchan",
	} {
		t.Run(lock, func(t *testing.T) {
			release := holdLock(t, host, lock)
			script := installing(t, host, "")
			ended := make(chan error, 1)
			go func() { ended <- script.Wait() }()
			eventually(t, time.Minute, func() error {
				select {
				case err := <-ended:
					t.Fatalf("it did not wait: %v\n%s", err, script.said.String())
				default:
				}
				if _, err := host.Run(t.Context(), "sh", "-euc", waiting); err != nil {
					return fmt.Errorf("it does not wait: %w", err)
				}
				return nil
			})
			release()
			require.NoError(t, <-ended, script.said)
		})
	}
}

// continuesInstallation kills dpkg when it has noted a package's new state, and not yet
// merged the note with the others, and then runs the script again.
func continuesInstallation(t *testing.T, host *machine.Machine) {
	_, err := host.Run(t.Context(), "apt-get", "-qq", "purge", "openvpn")
	require.NoError(t, err)
	killer := host.Command(within(t, time.Minute), "sh", "-euc", `
until ls /var/lib/dpkg/updates | grep -q '^[0-9]'; do :; done
pkill -KILL --exact dpkg`)
	require.NoError(t, killer.Start())
	script := installing(t, host, "")
	require.NoError(t, killer.Wait())
	require.Error(t, script.Wait())
	script = installing(t, host, "")
	require.NoError(t, script.Wait(), script.said)
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

// failFirst puts a proxy between apt and its mirror, which refuses the first request
// for each file as an overloaded server does (RFC 9110, section 15.6.4).
func failFirst(t *testing.T, host *machine.Machine) (restore func() (failed int)) {
	t.Helper()
	const settings = "/etc/apt/apt.conf.d/99first"
	mirror, err := host.Run(t.Context(), "sh", "-euc", `eval "$(apt-config shell proxy Acquire::http::Proxy)"; echo "$proxy"`)
	require.NoError(t, err)
	proxy := host.Command(t.Context(), "python3", "-c", `
import http.server, sys, threading, urllib.error, urllib.request

opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": sys.argv[1]}))
asked = set()

class Proxy(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path not in asked:
            asked.add(self.path)
            return self.send_error(503)
        try:
            body = opener.open(self.path).read()
        except urllib.error.HTTPError as error:
            return self.send_error(error.code)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port, flush=True)
sys.stdin.read()
print(len(asked), flush=True)
`, strings.TrimSpace(mirror))
	input, err := proxy.StdinPipe()
	require.NoError(t, err)
	output, err := proxy.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, proxy.Start())
	var port, failed int
	_, err = fmt.Fscanln(output, &port)
	require.NoError(t, err)
	_, err = host.Run(t.Context(), "sh", "-euc", fmt.Sprintf(`echo 'Acquire::http::Proxy "http://127.0.0.1:%d";' >%s`, port, settings))
	require.NoError(t, err)
	return func() int {
		require.NoError(t, input.Close())
		_, err = fmt.Fscanln(output, &failed)
		require.NoError(t, err)
		require.NoError(t, proxy.Wait())
		_, err = host.Run(t.Context(), "rm", settings)
		require.NoError(t, err)
		return failed
	}
}

// holdLock holds a lock with fcntl(2), as apt and dpkg do.
func holdLock(t *testing.T, host *machine.Machine, lock string) (release func()) {
	t.Helper()
	holder := host.Command(t.Context(), "python3", "-c", `
import fcntl, sys
lock = open(sys.argv[1], "a")
fcntl.lockf(lock, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
`, lock)
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
