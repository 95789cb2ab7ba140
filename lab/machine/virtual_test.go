package machine

import (
	"bufio"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWordsPassAShellUnchanged(t *testing.T) {
	for _, word := range []string{"", "a b", "it's", "'", "''", "$HOME `id` \\ \"x\"", "two\nlines", "-n", "ü"} {
		out, err := exec.Command("sh", "-c", "printf %s "+quoted(word)).Output()
		require.NoError(t, err)
		require.Equal(t, word, string(out))
	}
}

func TestHardwareVirtualization(t *testing.T) {
	for flags, expected := range map[string]bool{
		"flags\t\t: fpu vmx sse\n":                        true,
		"model name\t: x\nflags\t\t: fpu svm\n":           true,
		"flags\t\t: fpu hypervisor\nbugs\t\t: vmscape\n":  false,
		"flags\t\t: vmxx\n":                               false,
		"vmx flags\t: vnmi\nflags\t\t: fpu\n":             false,
		"Features\t: fp asimd\nCPU implementer\t: 0x41\n": false,
	} {
		require.Equal(t, expected, hardwareVirtualization(flags), flags)
	}
}

// qemu is one that says what a test has it say.
type qemu struct {
	t    *testing.T
	conn net.Conn
	*bufio.Reader
}

func connect(t *testing.T) (*monitor, qemu) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "qmp")
	m, err := newMonitor(path)
	require.NoError(t, err)
	t.Cleanup(m.close)
	conn, err := net.Dial("unix", path)
	require.NoError(t, err)
	q := qemu{t, conn, bufio.NewReader(conn)}
	q.says(`{"QMP": {"version": {"qemu": {"major": 7}}, "capabilities": ["oob"]}}`)
	q.hears(`{"execute": "qmp_capabilities"}`)
	<-m.ready
	return m, q
}

func (q qemu) says(line string) {
	q.t.Helper()
	_, err := fmt.Fprintln(q.conn, line)
	require.NoError(q.t, err)
}

func (q qemu) hears(line string) {
	q.t.Helper()
	heard, err := q.ReadString('\n')
	require.NoError(q.t, err)
	require.Equal(q.t, line+"\n", heard)
}

func TestTheEndOfAVirtualMachine(t *testing.T) {
	for reason, expected := range map[string]ending{
		"guest-shutdown": poweredOff, "guest-reset": rebooted, "host-signal": cutOff, "": cutOff,
	} {
		m, q := connect(t)
		q.says(`{"return": {}}`)
		if reason != "" {
			q.says(`{"event": "SHUTDOWN", "data": {"guest": true, "reason": "` + reason + `"}, "timestamp": {"seconds": 1}}`)
		}
		require.NoError(t, q.conn.Close())
		<-m.over
		require.Equal(t, expected, m.ending(), reason)
	}
}

func TestThePowerButtonOfAVirtualMachine(t *testing.T) {
	m, q := connect(t)
	m.powerDown()
	q.hears(`{"execute": "system_powerdown"}`)
}

// A qemu that fails at once has never connected.
func TestAMonitorThatWaitsInVainCanBeClosed(t *testing.T) {
	m, err := newMonitor(filepath.Join(t.TempDir(), "qmp"))
	require.NoError(t, err)
	m.powerDown()
	m.close()
	<-m.over
	require.Equal(t, cutOff, m.ending())
}
