package e2e

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// escape asks systemd for a program outside the sandbox, by both sockets on which it
// takes orders, and opens files that OpenVPN has no use for.
const escape = `
for address in unix:path=/run/dbus/system_bus_socket unix:path=/run/systemd/private; do
    busctl --address="$address" call -- org.freedesktop.systemd1 /org/freedesktop/systemd1 org.freedesktop.systemd1.Manager \
        StartTransientUnit 'ssa(sv)a(sa(sv))' escaped.service fail 1 ExecStart 'a(sasb)' 1 /bin/sh 3 /bin/sh -c 'id >/run/escaped' false 0 || true
done
for file in /etc/shadow /etc/ssh/ssh_host_ed25519_key /etc/tripvpn/spec.json /var/lib/cloud/seed/nocloud/user-data \
    /etc/openvpn/server/darrell/server.key /run/credentials/openvpn-server@escape.service/server.key; do
    if head --bytes=1 "$file" >/dev/null; then echo "can read $file"; fi
done
if kill -0 1; then echo "can signal systemd"; fi
for directory in /etc/openvpn/server/darrell /etc/systemd/system /run /var/log /root; do
    if touch "$directory/x"; then echo "can write to $directory"; fi
done
`

// Paths on the host.
const (
	escapeDropIns = "/run/systemd/system/openvpn-server@escape.service.d"
	escapeLog     = "/run/escape.log"
)

// staysInTheSandbox runs escape in OpenVPN's place: as another instance of the same
// unit with the same drop-in. Only the program and the
// run directory differ, and that other programs may run, because code in OpenVPN's
// process needs none.
func (c *trip) staysInTheSandbox(t *testing.T) {
	const ownKey = "can read /run/credentials/openvpn-server@escape.service/server.key\n"
	const dbus, user = "InaccessiblePaths=\n", "DynamicUser=no\nAmbientCapabilities=\n"
	t.Run("as it is", func(t *testing.T) {
		require.Equal(t, ownKey, c.escapes(t, ""))
		c.requireNotEscaped(t)
	})
	t.Run("with systemd in reach", func(t *testing.T) {
		require.Equal(t, ownKey, c.escapes(t, dbus))
		c.requireNotEscaped(t)
	})
	// The attempt itself works.
	t.Run("as root, with systemd in reach", func(t *testing.T) {
		require.Contains(t, c.escapes(t, dbus+user), "can read /etc/shadow\n")
		eventually(t, 10*time.Second, func() error {
			said, err := c.host(t).Run(t.Context(), "cat", "/run/escaped")
			if err == nil && !strings.HasPrefix(said, "uid=0(root)") {
				err = fmt.Errorf("the program outside the sandbox said %q", said)
			}
			return err
		})
		require.Contains(t, c.systemdLog(t), "escaped.service")
	})
	for unit, highest := range map[string]float64{server: 1.7, "openvpn-server@darrell-tcp.service": 1.8} {
		said, err := c.host(t).Run(t.Context(), "systemd-analyze", "security", "--no-pager", unit)
		require.NoError(t, err)
		found := regexp.MustCompile(`Overall exposure level for \S+: (\d+\.\d)`).FindStringSubmatch(said)
		require.NotNil(t, found, said)
		score, err := strconv.ParseFloat(found[1], 64)
		require.NoError(t, err)
		t.Logf("systemd-analyze security rates %s %.1f", unit, score)
		require.LessOrEqual(t, score, highest, said)
	}
}

// escapes runs escape with settings that override the drop-in's, and returns the lines
// about what it can do.
func (c *trip) escapes(t *testing.T, overrides string) string {
	t.Helper()
	const script = `
dropins=$1 log=$2 overrides=$3
trap 'rm -r "$dropins"; systemctl daemon-reload' EXIT
mkdir -p "$dropins"
cp /etc/systemd/system/openvpn-server@darrell.service.d/tripvpn.conf "$dropins"
cat >/run/escape.sh
cat >"$dropins/zz.conf" <<END
[Service]
Type=oneshot
Restart=no
ExecStart=
ExecStart=/bin/sh -u /run/escape.sh
NoExecPaths=
RuntimeDirectory=
RuntimeDirectory=tripvpn/escape
StandardOutput=truncate:$log
$overrides
END
systemctl daemon-reload
rm -f /run/escaped
systemctl start openvpn-server@escape
`
	command := c.host(t).Command(t.Context(), "sh", "-euc", script, "sh", escapeDropIns, escapeLog, overrides)
	command.Stdin = strings.NewReader(escape)
	output, err := command.CombinedOutput()
	require.NoError(t, err, "%s", output)
	log, err := c.host(t).Run(t.Context(), "cat", escapeLog)
	require.NoError(t, err)
	return strings.Join(regexp.MustCompile(`(?m)^can .*\n`).FindAllString(log, -1), "")
}

// requireNotEscaped requires that systemd has not got the order, of which it would have
// told the journal.
func (c *trip) requireNotEscaped(t *testing.T) {
	t.Helper()
	require.Contains(t, c.systemdLog(t), "openvpn-server@escape.service")
	require.NotContains(t, c.systemdLog(t), "escaped.service")
}

// systemdLog is what systemd has told the journal since the host's last boot.
func (c *trip) systemdLog(t *testing.T) string {
	t.Helper()
	said, err := c.host(t).Run(t.Context(), "journalctl", "--boot", "--no-pager", "--output=cat", "_PID=1")
	require.NoError(t, err)
	return said
}
