package e2e

import (
	"bytes"
	"context"
	"errors"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/cloud/ec2"
	"tripvpn/lab/machine"
	"tripvpn/lab/repo"
)

const hostBinary = "/usr/local/sbin/tripvpn-bootstrap"

// bootstrap runs the host binary on a machine, and returns its output
// and its exit code.
func bootstrap(t *testing.T, m *machine.Machine, stdin *bytes.Reader, arguments ...string) (output string, code int) {
	t.Helper()
	command := m.Command(t.Context(), append([]string{hostBinary}, arguments...)...)
	if stdin != nil {
		command.Stdin = stdin
	}
	text, err := command.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		require.NoError(t, err)
		return string(text), 0
	}
	return string(text), exit.ExitCode()
}

// plansFreshHost plans on a machine that has only the packages.
func (c *trip) plansFreshHost(t *testing.T) {
	place, err := c.world.Site.Addresses("eu-west-1")
	require.NoError(t, err)
	fresh := ec2.Machine{
		Region: "eu-west-1", ID: "i-00000000000000001", Image: "debian-13",
		Gateway: netip.MustParsePrefix("10.86.0.1/24"), Address: netip.MustParseAddr("10.86.0.5"),
		Gateway6: netip.PrefixFrom(place.IPv6.Addr().Next(), 64), Address6: place.IPv6.Addr().Next().Next(),
		Rules: []ec2.Rule{{Protocol: "all", Peer: netip.MustParsePrefix("0.0.0.0/0")}, {Protocol: "all", Peer: netip.MustParsePrefix("::/0")}},
	}
	require.NoError(t, c.world.Site.Launch(t.Context(), fresh, func() {}))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		require.NoError(t, c.world.Site.Terminate(ctx, fresh.Region, fresh.ID))
		require.NoError(t, c.world.Site.Unmap(ctx, fresh.Region, place.Elastic.Addr()))
	})
	require.NoError(t, c.world.Site.Map(t.Context(), fresh.Region, place.Elastic.Addr(), fresh.Address))
	host, err := c.world.Site.Machine(fresh.ID)
	require.NoError(t, err)
	installsPackages(t, host)
	copyBinary(t, host)

	whole := c.spec(t)
	_, err = host.Run(t.Context(), "touch", "/run/before")
	require.NoError(t, err)
	output, code := bootstrap(t, host, encode(t, whole), "plan", "-spec", "-")
	require.Equal(t, 2, code, output)
	for _, change := range []string{"/etc/openvpn/server/darrell.conf", "60-tripvpn.conf", "tripvpn-firewall", "openvpn-server@darrell"} {
		require.Contains(t, output, change)
	}
	c.needles.requireNone(t, "the plan", output)
	touched, err := host.Run(t.Context(), "find", "/", "-xdev", "-newer", "/run/before", "-not", "-path", "/var/log/*")
	require.NoError(t, err)
	require.Empty(t, touched, "a plan changes nothing")
	rules, err := host.Run(t.Context(), "iptables-save")
	require.NoError(t, err)
	require.NotContains(t, rules, "TRIPVPN")

	output, code = bootstrap(t, host, encode(t, whole), "apply", "-spec", "-")
	require.Zero(t, code, output)
	output, code = bootstrap(t, host, encode(t, whole), "plan", "-spec", "-")
	require.Zero(t, code, output)
}

// copyBinary copies the host binary to a machine.
func copyBinary(t *testing.T, m *machine.Machine) {
	t.Helper()
	root, err := repo.Root()
	require.NoError(t, err)
	binary, err := os.Open(filepath.Join(root, ".build", "tripvpn-bootstrap-linux-"+runtime.GOARCH))
	require.NoError(t, err)
	defer binary.Close()
	command := m.Command(t.Context(), "sh", "-euc", "cat > "+hostBinary+" && chmod 755 "+hostBinary)
	command.Stdin = binary
	require.NoError(t, command.Run())
}

func (c *trip) repairsDrift(t *testing.T) {
	host, err := c.world.Host(region)
	require.NoError(t, err)
	output, code := bootstrap(t, host, nil, "plan")
	require.Zero(t, code, output)

	_, err = host.Run(t.Context(), "sh", "-euc", "echo 'verb 11' >> /etc/openvpn/server/darrell.conf")
	require.NoError(t, err)
	output, code = bootstrap(t, host, nil, "plan")
	require.Equal(t, 2, code, output)
	var changes []string
	for line := range strings.Lines(output) {
		if strings.Contains(line, "/etc/") {
			changes = append(changes, line)
		}
	}
	require.Len(t, changes, 1, output)
	require.Contains(t, changes[0], "/etc/openvpn/server/darrell.conf")

	output, code = bootstrap(t, host, nil, "apply")
	require.Zero(t, code, output)
	output, code = bootstrap(t, host, nil, "plan")
	require.Zero(t, code, output)
	output, code = bootstrap(t, host, nil, "status")
	require.Zero(t, code, output)
	c.needles.requireNone(t, "the status", output)
}

// reportsWeakening adds rules before the firewall's, and settings after the
// sandbox's. Neither changes a file of ours.
func (c *trip) reportsWeakening(t *testing.T) {
	host, err := c.world.Host(region)
	require.NoError(t, err)
	const weaker = "/etc/systemd/system/openvpn-server@.service.d/zz.conf"
	_, err = host.Run(t.Context(), "sh", "-euc", `
iptables -I FORWARD -j ACCEPT
iptables -t nat -I POSTROUTING -p tcp -j ACCEPT
ip6tables -I INPUT -i tripvpn0 -j ACCEPT
mkdir -p "$(dirname "$1")"
printf '[Service]\nDynamicUser=no\nNoNewPrivileges=no\nProtectSystem=no\nCapabilityBoundingSet=CAP_SYS_ADMIN\n' >"$1"
systemctl daemon-reload
systemctl restart "$2"`, "sh", weaker, server)
	require.NoError(t, err)
	rules := []string{
		`iptables-save: "-A FORWARD -j ACCEPT" comes before the jump to TRIPVPN-FORWARD`,
		`iptables-save: "-A POSTROUTING -p tcp -j ACCEPT" comes before the jump to TRIPVPN-POSTROUTING`,
		`ip6tables-save: "-A INPUT -i tripvpn0 -j ACCEPT" comes before the jump to TRIPVPN-INPUT`,
	}
	settings := []string{
		weaker + " overrides it", "hint: remove " + weaker + ", then run: systemctl daemon-reload && systemctl restart " + server,
		`DynamicUser is "no", not "yes"`, `NoNewPrivileges is "no", not "yes"`, `ProtectSystem is "no", not "strict"`,
		`CapabilityBoundingSet is "cap_net_admin cap_sys_admin", not "cap_net_admin"`,
	}
	output, code := bootstrap(t, host, nil, "verify")
	require.Equal(t, 2, code, output)
	for _, text := range append(rules, settings...) {
		require.Contains(t, output, text)
	}

	output, code = bootstrap(t, host, nil, "apply")
	require.Equal(t, 1, code, output)
	output, code = bootstrap(t, host, nil, "verify")
	require.Equal(t, 2, code, output)
	require.NotContains(t, output, "comes before the jump")
	for _, text := range settings {
		require.Contains(t, output, text)
	}

	_, err = host.Run(t.Context(), "sh", "-euc", `rm "$1"; systemctl daemon-reload; systemctl restart "$2"`, "sh", weaker, server)
	require.NoError(t, err)
	output, code = bootstrap(t, host, nil, "verify")
	require.Zero(t, code, output)
}

// repairsDamagedSpec damages the host's spec, and runs the command in the host
// binary's message.
func (c *trip) repairsDamagedSpec(t *testing.T) {
	host, err := c.world.Host(region)
	require.NoError(t, err)
	_, err = host.Run(t.Context(), "sh", "-euc", "truncate --size=100 /etc/tripvpn/spec.json; echo 'verb 11' >> /etc/openvpn/server/darrell.conf")
	require.NoError(t, err)
	c.change(t, nil) // an ordinary update does not detect it
	var remedy []string
	for _, command := range []string{"verify", "plan", "apply", "status"} {
		output, code := bootstrap(t, host, nil, command)
		require.Equal(t, 1, code, output)
		require.Contains(t, output, `"/etc/tripvpn/spec.json"`)
		remedy = regexp.MustCompile(`run on your own machine: pulumi up --replace '(.+)'`).FindStringSubmatch(output)
		require.NotEmpty(t, remedy, output)
	}
	before := c.fingerprints(t)
	changes := c.change(t, nil, remedy[1])
	require.Equal(t, 1, changes["replace"], "%v", changes)
	for _, operation := range []string{"create", "update", "delete"} {
		require.Zero(t, changes[operation], "%v", changes)
	}
	require.Equal(t, before, c.fingerprints(t))
	output, code := bootstrap(t, host, nil, "verify")
	require.Zero(t, code, output)
}

// survivesReboot does not restart the client: it must reconnect by itself. OpenVPN,
// forwarding and NAT must also come back, because after a reboot the host's network
// namespace is new and empty.
func (c *trip) survivesReboot(t *testing.T) {
	session, err := c.traveller.Connect(profilePath)
	require.NoError(t, err)
	require.NoError(t, session.AwaitConnected(within(t, 30*time.Second)))
	require.NoError(t, c.looksLikeTheServer(t))
	host, err := c.world.Host(region)
	require.NoError(t, err)

	began := time.Now()
	require.NoError(t, host.Reboot(within(t, 5*time.Minute)))
	eventually(t, 2*time.Minute, func() error { return c.looksLikeTheServer(t) })
	t.Logf("the client's traffic was back %.1f s after the reboot began", time.Since(began).Seconds())
	select {
	case <-session.Ended():
		t.Fatal("the client ended")
	default:
	}
	output, code := bootstrap(t, host, nil, "verify")
	require.Zero(t, code, output)
	output, code = bootstrap(t, host, nil, "plan")
	require.Zero(t, code, output)
	require.NoError(t, session.Disconnect(within(t, 20*time.Second)))
}
