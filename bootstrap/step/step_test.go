package step

import (
	"context"
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/bootstrap/host"
)

// script is a Runner that returns the given answer for the prefix of a command, and
// records the commands.
type script struct {
	answers map[string]string
	ran     *[]string
}

func (s script) Run(_ context.Context, args ...string) (string, error) {
	command := strings.Join(args, " ")
	*s.ran = append(*s.ran, command)
	for prefix, answer := range s.answers {
		if strings.HasPrefix(command, prefix) {
			return answer, nil
		}
	}
	return "", errors.New("failed")
}

func (s script) Talk(_ context.Context, _, line string) (string, error) {
	return s.Run(context.Background(), line)
}

func newHost(t *testing.T, answers map[string]string) (w host.Writer, root string, ran *[]string) {
	t.Helper()
	root, ran = t.TempDir(), &[]string{}
	return host.NewWriter(root, script{answers, ran}), root, ran
}

func check(t *testing.T, s Step, r host.Reader) Change {
	t.Helper()
	c, err := s.Check(context.Background(), r)
	require.NoError(t, err)
	return c
}

// requireRepairs applies the step once, and requires that nothing differs then.
func requireRepairs(t *testing.T, s Step, w host.Writer) {
	t.Helper()
	require.NoError(t, s.Apply(context.Background(), w))
	require.True(t, check(t, s, w).None())
}

func TestFile(t *testing.T) {
	w, root, _ := newHost(t, nil)
	file := File{Path: "/f", Mode: 0o640, Content: "a\nb\nc\n"}
	require.Equal(t, []string{"does not exist"}, check(t, file, w).Reasons)
	requireRepairs(t, file, w)
	require.NoError(t, os.WriteFile(filepath.Join(root, "f"), []byte("a\nB\nc\n"), 0o640))
	require.NoError(t, os.Chmod(filepath.Join(root, "f"), 0o644))
	require.Equal(t, Change{Reasons: []string{"mode is 0644, not 0640", "content differs"}, Diff: []string{"-B", "+b"}}, check(t, file, w))
	requireRepairs(t, file, w)

	file.Secret, file.Content = true, "hunter2"
	c := check(t, file, w)
	require.Len(t, c.Reasons, 1)
	require.Regexp(t, "^content differs: SHA-256 is [0-9a-f]{12}, not [0-9a-f]{12}$", c.Reasons[0])
	require.Empty(t, c.Diff)

	require.NoError(t, os.Remove(filepath.Join(root, "f")))
	require.NoError(t, os.Symlink("/etc/passwd", filepath.Join(root, "f")))
	require.Equal(t, []string{"is not a regular file"}, check(t, file, w).Reasons)
	requireRepairs(t, file, w)

	require.NoError(t, os.MkdirAll(filepath.Join(root, "d"), 0o755))
	_, err := File{Path: "/d"}.Check(context.Background(), w)
	require.EqualError(t, err, `checking file "/d": it is a directory; move it away`)
}

// The diff hides a key that was pasted into a file without secrets.
func TestFileShowsNoPEM(t *testing.T) {
	w, root, _ := newHost(t, nil)
	require.NoError(t, os.WriteFile(filepath.Join(root, "f"), []byte("<key>\n-----BEGIN X-----\nhunter2\n"), 0o640))
	c := check(t, File{Path: "/f", Mode: 0o640, Content: "verb 3\n"}, w)
	require.Empty(t, c.Diff)
	require.NotContains(t, strings.Join(c.Reasons, ""), "hunter2")
}

func TestFileRemovesTheRecordFirst(t *testing.T) {
	w, root, _ := newHost(t, nil)
	require.NoError(t, os.WriteFile(filepath.Join(root, "record"), nil, 0o600))
	file := File{Path: "/missing/f", Mode: 0o600, Record: "/record"}
	require.ErrorIs(t, file.Apply(context.Background(), w), fs.ErrNotExist)
	require.NoFileExists(t, filepath.Join(root, "record"))
}

func TestDiff(t *testing.T) {
	require.Equal(t, []string{"+b"}, diff("a\nc", "a\nb\nc"))
	require.Equal(t, []string{"-b"}, diff("a\nb\nc", "a\nc"))
	require.Equal(t, []string{"-", "+a"}, diff("", "a"))
	long := diff(strings.Repeat("x\n", 50), "y")
	require.Len(t, long, maxDiff+1)
	require.Equal(t, "(40 more lines)", long[maxDiff])
}

func TestDir(t *testing.T) {
	w, root, _ := newHost(t, nil)
	dir := Dir{Path: "/a/b", Mode: 0o700}
	require.Equal(t, []string{"does not exist"}, check(t, dir, w).Reasons)
	requireRepairs(t, dir, w)
	require.NoError(t, os.Chmod(filepath.Join(root, "a/b"), 0o755))
	require.Equal(t, []string{"mode is 0755, not 0700"}, check(t, dir, w).Reasons)
	requireRepairs(t, dir, w)
	require.NoError(t, os.WriteFile(filepath.Join(root, "f"), nil, 0o600))
	_, err := Dir{Path: "/f"}.Check(context.Background(), w)
	require.EqualError(t, err, `checking directory "/f": it is not a directory; move it away`)
}

func TestDirEntries(t *testing.T) {
	w, root, _ := newHost(t, nil)
	entries := DirEntries{Dir: Dir{Path: "/c", Mode: 0o700}, Files: []File{
		{Path: "/c/laptop", Mode: 0o600, Content: "address 2\n"}, {Path: "/c/phone", Mode: 0o600, Content: "address 3\n"},
	}}
	require.Equal(t, []string{"does not exist", `"laptop": does not exist`, `"phone": does not exist`}, check(t, entries, w).Reasons)
	requireRepairs(t, entries, w)
	require.NoError(t, os.Remove(filepath.Join(root, "c/phone")))
	require.NoError(t, os.WriteFile(filepath.Join(root, "c/DEFAULT"), nil, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(root, "c/laptop"), []byte("push \"x\""), 0o600))
	require.Equal(t, []string{`"laptop": content differs`, `"phone": does not exist`, `"DEFAULT" does not belong there`}, check(t, entries, w).Reasons)
	requireRepairs(t, entries, w)
}

func TestSysctlComparesTheKernel(t *testing.T) {
	w, root, ran := newHost(t, map[string]string{systemdSysctl: ""})
	live := filepath.Join(root, "proc/sys/net/ipv4/ip_forward")
	require.NoError(t, os.MkdirAll(filepath.Dir(live), 0o755))
	require.NoError(t, os.WriteFile(live, []byte("0\n"), 0o644))
	s := Sysctl{File{Path: "/s", Mode: 0o644, Content: "# a = b\nnet.ipv6.conf.*.accept_ra = 2\nnet.ipv4.ip_forward = 1\nnet.gone = 1\n-net.may.fail = 1\n"}}
	require.Equal(t, []string{"does not exist", `net.ipv4.ip_forward is "0", not "1"`, `net.gone is "", not "1"`}, check(t, s, w).Reasons)
	require.NoError(t, s.Apply(context.Background(), w))
	require.Equal(t, []string{systemdSysctl + " /s"}, *ran)
}

const wanted = `*filter
:TRIPVPN-INPUT - [0:0]
-A TRIPVPN-INPUT -i lo -j ACCEPT
-A TRIPVPN-INPUT -j DROP
COMMIT
`

func TestFirewallComparesRulesInForce(t *testing.T) {
	const (
		jump   = "-A INPUT -j TRIPVPN-INPUT\n"
		rules  = "-A TRIPVPN-INPUT -i lo -j ACCEPT\n-A TRIPVPN-INPUT -j DROP\n"
		differ = "iptables-save: rules differ from the spec in TRIPVPN-INPUT"
		noJump = "iptables-save: nothing jumps to TRIPVPN-INPUT"
	)
	for name, test := range map[string]struct {
		active, inForce string
		want            []string
	}{
		"no difference":         {"active", "*filter\n" + jump + rules, nil},
		"others' rules after":   {"active", "*filter\n" + jump + "-A INPUT -j ufw\n" + rules + "-A ufw -j DROP\n", nil},
		"others' rules before":  {"active", "*filter\n-A INPUT -j ufw\n" + jump + rules, []string{`iptables-save: "-A INPUT -j ufw" comes before the jump to TRIPVPN-INPUT`}},
		"rules of other tables": {"active", "*mangle\n-A INPUT -j ACCEPT\nCOMMIT\n*filter\n" + jump + rules, nil},
		"ours in another table": {"active", "*mangle\n" + jump + rules, []string{differ, noJump}},
		"no jump":               {"active", "*filter\n" + rules, []string{noJump}},
		"different order":       {"active", "*filter\n" + jump + "-A TRIPVPN-INPUT -j DROP\n-A TRIPVPN-INPUT -i lo -j ACCEPT\n", []string{differ}},
		"one rule too many":     {"active", "*filter\n" + jump + rules + "-A TRIPVPN-INPUT -j ACCEPT\n", []string{differ}},
		"all rules gone":        {"failed", "", []string{"is failed, not active", differ, noJump}},
	} {
		w, _, ran := newHost(t, map[string]string{
			"systemctl show": "ActiveState=" + test.active + "\n", "iptables-save": test.inForce, "systemctl reload-or-restart": "",
		})
		firewall := Firewall{Unit: "f.service", Families: []Family{{Save: "iptables-save", Rules: wanted}}}
		require.Equal(t, test.want, check(t, firewall, w).Reasons, name)
		require.NoError(t, firewall.Apply(context.Background(), w))
		require.Equal(t, "systemctl reload-or-restart f.service", (*ran)[len(*ran)-1])
	}
}

func TestUnitAndServiceCompareSystemdsState(t *testing.T) {
	w, root, _ := newHost(t, map[string]string{"systemctl show": "ActiveState=activating\nUnitFileState=disabled\nNeedDaemonReload=yes\n", "systemctl restart": ""})
	require.Equal(t, []string{"changed on disk, but systemd has not read it", "does not start at boot"}, check(t, Unit{"u"}, w).Reasons)

	service := Service{Unit: "u", Record: "/record", Inputs: []File{{Path: "/f", Content: "x"}}}
	require.Equal(t, []string{"is activating, not active", "was started with other files, and needs a restart"}, check(t, service, w).Reasons)
	require.NoError(t, service.Apply(context.Background(), w))
	require.Equal(t, []string{"is activating, not active"}, check(t, service, w).Reasons)
	service.Inputs[0].Content = "y"
	require.Len(t, check(t, service, w).Reasons, 2, "the record depends on the content")
	require.FileExists(t, filepath.Join(root, "record"))
}

// A run that is cut off while it records a restart leaves a partial record beside the
// previous one, which is still valid.
func TestPartialRecordCausesNoRestart(t *testing.T) {
	w, root, ran := newHost(t, map[string]string{"systemctl show": "ActiveState=active\n", "systemctl restart": ""})
	service := Service{Unit: "u", Record: "/record", Inputs: []File{{Path: "/f", Content: "x"}}}
	requireRepairs(t, service, w)
	partial := filepath.Join(root, host.TempPath("/record"))
	require.NoError(t, os.WriteFile(partial, []byte("7"), 0o600))
	*ran = nil
	require.Equal(t, []string{"a run was cut off while writing its record"}, check(t, service, w).Reasons)
	requireRepairs(t, service, w)
	require.NoFileExists(t, partial)
	require.NotContains(t, *ran, "systemctl restart u")

	require.NoError(t, os.WriteFile(partial, []byte("7"), 0o600))
	service.Inputs[0].Content = "y"
	requireRepairs(t, service, w)
	require.NoFileExists(t, partial)
	require.Contains(t, *ran, "systemctl restart u")
}

// A failed start is not recorded, and the error names the log.
func TestServiceThatDoesNotStart(t *testing.T) {
	w, root, _ := newHost(t, map[string]string{"systemctl show": "ActiveState=failed\n"})
	service := Service{Unit: "u", Record: "/record"}
	require.ErrorContains(t, service.Apply(context.Background(), w), "journalctl -u u")
	require.NoFileExists(t, filepath.Join(root, "record"))
}

func TestMissingActiveStateIsAnError(t *testing.T) {
	w, _, _ := newHost(t, map[string]string{"systemctl show": "\n"})
	_, err := Unit{"u"}.Check(context.Background(), w)
	require.ErrorContains(t, err, "printed no ActiveState")
}

const statusHeader = "HEADER\tCLIENT_LIST\tCommon Name\tReal Address\tVirtual Address\tVirtual IPv6 Address\t" +
	"Bytes Received\tBytes Sent\tConnected Since (time_t)\tClient ID\n"

// Apply fails after a timeout if a session does not end.
func TestSessionsThatDoNotEndAreAnError(t *testing.T) {
	w, _, ran := newHost(t, map[string]string{
		"status 3": statusHeader + "CLIENT_LIST\tphone\t198.51.100.2:1\t10.8.0.2\t\t0\t0\t0\t4\nCLIENT_LIST\tlaptop\t198.51.100.2:2\t10.8.0.3\t\t0\t0\t0\t5\n" +
			"CLIENT_LIST\ttablet\t198.51.100.2:3\t10.8.0.4\t\t0\t0\t0\t6\n",
		"client-": "SUCCESS:", "kill ": "SUCCESS:",
	})
	sessions := Sessions{Socket: "/s", Admitted: map[string]netip.Addr{
		"laptop": netip.MustParseAddr("10.8.0.3"), "tablet": netip.MustParseAddr("10.8.0.9"),
	}}
	require.Equal(t, []string{`"phone" is connected but not admitted`, `"tablet" is connected with an address other than its own`},
		check(t, sessions, w).Reasons)
	ctx, cancel := context.WithTimeout(context.Background(), 3*noticeDelay)
	defer cancel()
	require.ErrorContains(t, sessions.Apply(ctx, w), `OpenVPN at "/s" does not end them`)
	require.Contains(t, *ran, `client-kill 4 "HALT,this device is no longer admitted"`)
	require.Contains(t, *ran, "client-kill 6 RESTART")
	require.Contains(t, *ran, "kill phone")
	require.NotContains(t, strings.Join(*ran, "\n"), "client-kill 5")
	require.NotContains(t, *ran, "kill laptop")
}

func TestMalformedStatusIsAnError(t *testing.T) {
	w, _, _ := newHost(t, map[string]string{"status 3": "?"})
	_, err := Sessions{Socket: "/s"}.Check(context.Background(), w)
	require.ErrorContains(t, err, "no header")
}
