package templates

import (
	"bufio"
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/controlchannel"
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
	testenv.RequirePrograms(t, "unshare", "openvpn")
	for _, mode := range []controlchannel.Mode{controlchannel.TLSCryptV2, controlchannel.TLSCrypt, controlchannel.TLSAuth} {
		t.Run(string(mode), func(t *testing.T) { startsOpenVPN(t, mode, false) })
	}
	t.Run("classic", func(t *testing.T) { startsOpenVPN(t, controlchannel.TLSAuth, true) })
}

// The original has ping, which is not pushed to clients, instead of keepalive.
const classicWarning = "WARNING: --keepalive option is missing from server config"

func startsOpenVPN(t *testing.T, mode controlchannel.Mode, classic bool) {
	view, identity := server(), spectest.New(t).Spec(t, "laptop").Identity
	view.Directory, view.RunDirectory, view.Classic = t.TempDir(), t.TempDir(), classic
	view.ControlChannel, view.ControlChannelKey = string(mode), filepath.Join(view.Directory, "control-channel.key")
	controlChannelKey, err := controlchannel.DeriveServer(bytes.Repeat([]byte{7}, 32), mode)
	require.NoError(t, err)
	for name, text := range map[string]string{
		"ca.crt": identity.CA, "server.crt": identity.Certificate, "crl.pem": identity.CRLs,
		"server.key": identity.Key.Reveal(), "control-channel.key": controlChannelKey, "clients/laptop": "",
	} {
		write(t, filepath.Join(view.Directory, name), text, 0o600)
	}
	config := write(t, filepath.Join(view.Directory, "server.conf"), rendered(t, view), 0o600)

	command := isolated(t, "openvpn", "--suppress-timestamps", "--config", config)
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
			return
		}
	}
	t.Fatalf("openvpn did not start:\n%s", strings.Join(log, "\n"))
}

// bootstrap compares the rules with those in force, so they must have the form that
// iptables-save prints. Whatever others insert before or between, the script loads
// our rules once, and they come first.
func TestFirewallScriptLoadsTheRulesOnce(t *testing.T) {
	testenv.RequireRoot(t)
	testenv.RequirePrograms(t, "unshare", "iptables", "iptables-restore", "iptables-save", "ip6tables-restore")
	t.Run("one tunnel", func(t *testing.T) { loadsTheRulesOnce(t, rules, rules6) })
	t.Run("two tunnels", func(t *testing.T) { loadsTheRulesOnce(t, twoTunnels, twoTunnels6) })
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

		foreign := tool + " -I INPUT -p tcp -j ACCEPT; " + tool + " -I FORWARD -j ACCEPT; " + tool + " -t nat -I POSTROUTING -j ACCEPT"
		output, err = isolated(t, "sh", "-e", "-c", foreign+"; "+script+"; "+foreign+"; "+script+"; "+script+"; "+tool+"-save").CombinedOutput()
		require.NoError(t, err, "%s", output)
		require.Equal(t, ours(string(text)), ours(string(output)), "rules in force and in the file")
		for _, chain := range []string{"INPUT", "FORWARD", "POSTROUTING"} {
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
	write(t, filepath.Join(dir, "openvpn-server@trip.service.d", "tripvpn.conf"), rendered(t, ServerDropIn{"trip", "tripvpn-firewall.service", "/run"}), 0o644)
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
