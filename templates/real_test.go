package templates

import (
	"bufio"
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"tripvpn/internal/controlchannel"
	"tripvpn/internal/handshake"
	"tripvpn/internal/profile"
	"tripvpn/internal/spec/spectest"
	"tripvpn/internal/testenv"
)

// These tests run the real programs on the rendered files, in network namespaces
// that end with their process.

// isolated returns a command that runs in its own network namespace.
func isolated(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return exec.CommandContext(ctx, "unshare", append([]string{"--net", "--"}, args...)...)
}

func write(t *testing.T, path, text string, mode os.FileMode) string {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(t, os.WriteFile(path, []byte(text), mode))
	return path
}

func TestOpenVPNStartsWithTheServerConfiguration(t *testing.T) {
	testenv.RequireRoot(t)
	testenv.RequirePrograms(t, "unshare", "nsenter", "ip", "openvpn")
	for _, protocol := range []string{"udp", "tcp"} {
		for _, mode := range []controlchannel.Mode{controlchannel.TLSCryptV2, controlchannel.TLSCrypt, controlchannel.TLSAuth} {
			for style, classic := range map[string]bool{"modern": false, "classic": true} {
				t.Run(protocol+" "+string(mode)+" "+style, func(t *testing.T) { startsOpenVPN(t, protocol, mode, classic) })
			}
		}
	}
}

// The original has ping, which is not pushed to clients, instead of keepalive.
const classicWarning = "WARNING: --keepalive option is missing from server config"

// ignored matches OpenVPN's notes about options without effect.
var ignored = regexp.MustCompile(`(?m)^NOT(E|ICE): .*(ignored|disabled).*$`)

func startsOpenVPN(t *testing.T, protocol string, mode controlchannel.Mode, classic bool) {
	authority := spectest.New(t)
	view, identity := server(), authority.Spec(t, "laptop").Identity
	view.Directory, view.Classic = t.TempDir(), classic
	view.Key, view.RunDirectory = filepath.Join(view.Directory, "server.key"), t.TempDir()
	view.Protocol = protocol
	view.ControlChannel, view.ControlChannelKey = string(mode), filepath.Join(view.Directory, "control-channel.key")
	controlChannelKey, err := controlchannel.DeriveServer(bytes.Repeat([]byte{7}, 32), mode)
	require.NoError(t, err)
	for name, text := range map[string]string{
		"ca.crt": identity.CA, "server.crt": identity.Certificate, "revoked/99": "",
		"server.key": identity.Key.Reveal(), "control-channel.key": controlChannelKey, "clients/laptop": "",
	} {
		write(t, filepath.Join(view.Directory, name), text, 0o600)
	}
	view.Route = write(t, filepath.Join(view.Directory, "route"), rendered(t, RouteScript{}), 0o700)
	view.Admits = write(t, filepath.Join(view.Directory, "admits"), rendered(t, Admits{}), 0o700)
	config := write(t, filepath.Join(view.Directory, "server.conf"), rendered(t, view), 0o600)

	command := isolated(t, "sh", "-c", `ip link set lo up && exec openvpn --suppress-timestamps --config "$0"`, config)
	command.Env = append(os.Environ(), "TMPDIR=/nonexistent") // as unusable as one on a full disk
	output, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	t.Cleanup(func() { _ = command.Process.Kill(); _ = command.Wait() })
	var log []string
	for lines := bufio.NewScanner(output); lines.Scan(); {
		log = append(log, lines.Text())
		if strings.Contains(lines.Text(), "Initialization Sequence Completed") {
			text := strings.ReplaceAll(strings.Join(log, "\n"), classicWarning, "")
			require.NotContains(t, text, "DEPRECATED")
			require.NotContains(t, text, "WARNING")
			require.Empty(t, ignored.FindAllString(text, -1))
			requireAnswersAProbe(t, command.Process.Pid, view, mode, controlChannelKey)
			requireAdmits(t, command.Process.Pid, view, mode, authority)
			return
		}
	}
	t.Fatalf("openvpn did not start:\n%s", strings.Join(log, "\n"))
}

// requireAnswersAProbe sends the server in the network namespace of a process the packet
// with which bootstrap verifies a server. No client need be admitted for that.
func requireAnswersAProbe(t *testing.T, pid int, view Server, mode controlchannel.Mode, keyText string) {
	t.Helper()
	digest := crypto.SHA256
	if view.Classic {
		digest = crypto.SHA512
	}
	key, err := controlchannel.ParseKey(mode, digest, keyText)
	require.NoError(t, err)
	packet, accept, err := key.Probe(rand.Reader)
	require.NoError(t, err)
	if view.TCP() {
		packet = controlchannel.Frame(packet)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	command := exec.CommandContext(ctx, "nsenter", "--target", strconv.Itoa(pid), "--net", "--", "bash", "-ec",
		fmt.Sprintf("exec 3<>/dev/%s/127.0.0.1/%d; cat >&3; exec dd bs=4096 count=1 status=none <&3", view.Protocol, view.Port))
	command.Stdin = bytes.NewReader(packet)
	answer, err := command.Output()
	require.NoError(t, err, "the server does not answer")
	if view.TCP() {
		answer, err = controlchannel.ReadFrame(bytes.NewReader(answer))
		require.NoError(t, err)
	}
	require.NoError(t, accept(answer))
}

// requireAdmits requires that the server and a device accept each other, as the device's
// profile says.
func requireAdmits(t *testing.T, pid int, view Server, mode controlchannel.Mode, authority *spectest.Authority) {
	t.Helper()
	key, err := controlchannel.DeriveClient(bytes.Repeat([]byte{7}, 32), mode, "laptop")
	require.NoError(t, err)
	pair := authority.Issue(t, "laptop", x509.ExtKeyUsageClientAuth)
	p, err := profile.Parse(rendered(t, Client{
		ServerName: "server", Remotes: []Remote{{"127.0.0.1", view.Port, view.Protocol}}, Classic: view.Classic,
		CA: authority.Root(), Certificate: pair.Certificate, Key: pair.Key,
		ControlChannel: string(mode), ControlChannelKey: key,
	}))
	require.NoError(t, err)
	roots := x509.NewCertPool()
	roots.AddCert(p.Roots[0])
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	got := handshake.Run(ctx, dialIn(t, pid, view.Protocol, fmt.Sprintf("127.0.0.1:%d", view.Port)), p.Client, handshake.Identity{
		Certificate: &tls.Certificate{Certificate: [][]byte{p.Certificate.Raw}, PrivateKey: p.Key},
		Roots:       roots, ServerName: p.ServerName, Now: time.Now(),
	})
	require.Equal(t, handshake.Result{Stage: handshake.Admitted}, got)
}

// dialIn connects in the network namespace of a process.
func dialIn(t *testing.T, pid int, network, address string) (conn net.Conn) {
	t.Helper()
	failed := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked, so that the thread ends
		namespace, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", pid))
		if err == nil {
			err = unix.Setns(int(namespace.Fd()), unix.CLONE_NEWNET)
			namespace.Close()
		}
		if err == nil {
			conn, err = net.Dial(network, address)
		}
		failed <- err
	}()
	require.NoError(t, <-failed)
	return conn
}

// bootstrap compares the rules with those in force, so they must have the form that
// iptables-save prints. Whatever others insert before or between, the script loads
// our rules once, and they come first.
func TestFirewallScriptLoadsTheRulesOnce(t *testing.T) {
	testenv.RequireRoot(t)
	testenv.RequirePrograms(t, "unshare", "iptables", "iptables-restore", "iptables-save", "ip6tables-restore")
	t.Run("one tunnel", func(t *testing.T) { loadsTheRulesOnce(t, rules, rules6) })
	t.Run("two tunnels", func(t *testing.T) { loadsTheRulesOnce(t, twoTunnels, twoTunnels6) })
	t.Run("no IPv6", func(t *testing.T) { loadsTheRulesOnce(t, twoTunnels, blocked6) })
}

func loadsTheRulesOnce(t *testing.T, rules Rules, rules6 Rules6) {
	dir := t.TempDir()
	files := map[string]string{
		"iptables":  write(t, filepath.Join(dir, "iptables.rules"), rendered(t, rules), 0o600),
		"ip6tables": write(t, filepath.Join(dir, "ip6tables.rules"), rendered(t, rules6), 0o600),
	}
	script := write(t, filepath.Join(dir, "firewall"), rendered(t, FirewallScript{files["iptables"], files["ip6tables"]}), 0o700)
	for tool, path := range files {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		output, err := isolated(t, tool+"-restore", "--test", "--noflush", path).CombinedOutput()
		require.NoError(t, err, "%s", output)

		foreign := tool + " -I INPUT -p tcp -j ACCEPT; " + tool + " -I FORWARD -j ACCEPT; " + tool + " -I OUTPUT -j ACCEPT; " + tool + " -t nat -I POSTROUTING -j ACCEPT"
		output, err = isolated(t, "sh", "-e", "-c", foreign+"; "+script+"; "+foreign+"; "+script+"; "+script+"; "+tool+"-save").CombinedOutput()
		require.NoError(t, err, "%s", output)
		require.Equal(t, ours(string(text)), ours(string(output)), "rules in force and in the file")
		for _, chain := range []string{"INPUT", "FORWARD", "OUTPUT", "POSTROUTING"} {
			jump := "-A " + chain + " -j TRIPVPN-" + chain + "\n"
			require.Equal(t, 1, strings.Count(string(output), jump), "%s", output)
			require.Contains(t, string(output), "TRIPVPN-"+chain+" - [0:0]\n")
			require.Equal(t, strings.Index(string(output), jump), strings.Index(string(output), "-A "+chain+" "), "our jump is first")
		}
	}
}

// ours returns the lines that append to our chains, sorted by chain: iptables-save
// prints chains in a different order.
func ours(text string) []string {
	var lines []string
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "-A TRIPVPN-") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	slices.SortStableFunc(lines, func(a, b string) int {
		return strings.Compare(strings.Fields(a)[1], strings.Fields(b)[1])
	})
	return lines
}

func TestSystemdAcceptsTheUnits(t *testing.T) {
	testenv.RequirePrograms(t, "systemd-analyze")
	dir := t.TempDir()
	firewall := write(t, filepath.Join(dir, "tripvpn-firewall.service"), rendered(t, FirewallService{"/bin/true"}), 0o644)
	server := write(t, filepath.Join(dir, "openvpn-server@.service"), "[Service]\nType=notify\nExecStart=/bin/true\n", 0o644)
	write(t, filepath.Join(dir, "openvpn-server@trip.service.d", "tripvpn.conf"), rendered(t, serverDropIn()), 0o644)
	instance := filepath.Join(dir, "openvpn-server@trip.service")
	require.NoError(t, os.Symlink(server, instance))
	timer := write(t, filepath.Join(dir, "tripvpn-end.timer"), rendered(t, EndTimer{time.Now()}), 0o644)
	end := write(t, filepath.Join(dir, "tripvpn-end.service"), rendered(t, EndService{}), 0o644)
	for _, unit := range []string{firewall, instance, timer, end} {
		output, err := exec.Command("systemd-analyze", "verify", "--man=no", unit).CombinedOutput()
		require.NoError(t, err, "%s", output)
		require.Empty(t, string(output), "systemd-analyze warns about %s", unit)
	}
}
