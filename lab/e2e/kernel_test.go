//go:build vm

package e2e

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/testenv"
	"tripvpn/lab/machine"
	"tripvpn/lab/world"
)

// kernelPath is a trip with a server that has the kernel's data path, in a virtual machine,
// and one in a container, which does not.
type kernelPath struct{ *hotel }

// TestKernelDataPath lists the chapters of a trip with the kernel's data path, which are
// mostly those of other trips. Bert's device has OpenVPN 2.7, anna's 2.6, both without
// the kernel's data path.
func TestKernelDataPath(t *testing.T) {
	testenv.RequirePrograms(t, machine.Emulator(runtime.GOARCH), "mke2fs", "debugfs", "socat")
	options := world.Options{Virtual: func(region string) bool { return region == east }, Offloading: true}
	k := &kernelPath{&hotel{trip: newTripIn(t, options, "kernel", map[string]any{
		"regions": []string{east, west}, "clients": []string{"anna", "bert"}, "instanceType": world.InstanceType(),
	})}}
	require.NoError(t, k.world.Site.PrepareVirtual(t.Context(), "debian-13", runtime.GOARCH))
	inOrder(t, timed([]chapter{
		{"both ports are open, and devices use UDP", k.begins},
		{"each server has the data path that it can have", k.haveTheirDataPaths},
		{"the firewall counts what goes through the tunnel", k.counts},
		{"status has the bytes of each device", k.measures},
		{"devices do not reach each other", k.isolates},
		{"UDP is dropped or rejected, and new connections use TCP", k.connectsOverTCP},
		{"a device that is revoked over TCP is refused over both", k.revokes},
		{"UDP is back, and new connections use it", k.connectsOverUDP},
		{"a network with IPv6 only", k.connectsOverIPv6},
		{"a path of 1280 bytes without ICMP, over UDP and TCP", k.usesNarrowPath},
		{"from Wi-Fi to a mobile network without IPv6, and back", k.changesFamilies},
		{"devices fail over from the kernel to the process, and back", k.failsOver},
		{"verify notices another data path", k.noticesAnother},
		{"the operator chooses the process, and the kernel again", k.chooses},
		{"the host reboots under a connected client", k.reboots},
		{"destroy leaves nothing", k.ends},
	}))
}

// dataPaths are those of the servers of a region, as status has them.
func (k *kernelPath) dataPaths(t *testing.T, region string) []string {
	t.Helper()
	host, err := k.world.Host(region)
	require.NoError(t, err)
	var paths []string
	for _, server := range statusOf(t, host) {
		paths = append(paths, server.DataPath)
	}
	return paths
}

// haveTheirDataPaths asks the kernel, too, by another way than the host binary.
func (k *kernelPath) haveTheirDataPaths(t *testing.T) {
	require.Equal(t, []string{"kernel", "kernel"}, k.dataPaths(t, east))
	require.Equal(t, []string{"user", "user"}, k.dataPaths(t, west))
	said, err := k.host(t).Run(t.Context(), "sh", "-euc", `
uname -r
openvpn --version | head -n 1 || true
lsmod | grep '^ovpn '
for device in tripvpn0 tripvpn1; do ip -details -oneline link show "$device"; done`)
	require.NoError(t, err)
	t.Log(said)
	require.Regexp(t, `^[7-9]\.\d+\.\d+\+deb13-cloud-`, said)
	require.Equal(t, 2, strings.Count(said, " ovpn "), "type of the network interfaces")
	for _, command := range []string{"plan", "verify"} {
		output, code := bootstrap(t, k.host(t), nil, command)
		require.Zero(t, code, output)
		require.Contains(t, output, "data path: kernel\n")
	}
}

// counter returns the packets that a rule has matched. The rule is the line of
// iptables-save.
func (k *kernelPath) counter(t *testing.T, save, rule string) (packets int) {
	t.Helper()
	rules, err := k.host(t).Run(t.Context(), save, "--counters")
	require.NoError(t, err)
	for line := range strings.Lines(rules) {
		if counters, found := strings.CutSuffix(strings.TrimSpace(line), " "+rule); found {
			_, err := fmt.Sscanf(counters, "[%d:", &packets)
			require.NoError(t, err)
			return packets
		}
	}
	require.Fail(t, "no such rule", "%q in:\n%s", rule, rules)
	return 0
}

func (k *kernelPath) counts(t *testing.T) {
	rules := []struct{ save, rule string }{
		{"iptables-save", k.rule(t, "iptables-save", "-i tripvpn0 ! -o tripvpn0 -j ACCEPT")},
		{"iptables-save", k.rule(t, "iptables-save", "! -o tripvpn0 -j MASQUERADE")},
		{"ip6tables-save", k.rule(t, "ip6tables-save", "-i tripvpn0 ! -o tripvpn0 -j ACCEPT")},
		{"ip6tables-save", k.rule(t, "ip6tables-save", "! -o tripvpn0 -j MASQUERADE")},
	}
	before := map[string]int{}
	for _, r := range rules {
		before[r.rule] = k.counter(t, r.save, r.rule)
	}
	for _, page := range []string{world.AddressPage, world.AddressPage6} {
		_, err := k.anna.Fetch(t.Context(), page)
		require.NoError(t, err)
	}
	for _, r := range rules {
		require.Greater(t, k.counter(t, r.save, r.rule), before[r.rule], r.rule)
	}
}

// rule is the whole rule with that ending.
func (k *kernelPath) rule(t *testing.T, save, ending string) string {
	t.Helper()
	rules, err := k.host(t).Run(t.Context(), save)
	require.NoError(t, err)
	for line := range strings.Lines(rules) {
		if rule := strings.TrimSpace(line); strings.HasSuffix(rule, " "+ending) {
			return rule
		}
	}
	require.Fail(t, "no such rule", "%q in:\n%s", ending, rules)
	return ""
}

// measures downloads a page. The figures are those of the packets outside the tunnel.
func (k *kernelPath) measures(t *testing.T) {
	before := k.bytes(t, "anna")
	_, err := k.anna.Download(within(t, time.Minute), fmt.Sprintf("%s/%d", world.ZerosPage, tenMB), time.Minute)
	require.NoError(t, err)
	var sent, received uint64
	eventually(t, 10*time.Second, func() error {
		after := k.bytes(t, "anna")
		sent, received = after.BytesSent-before.BytesSent, after.BytesReceived-before.BytesReceived
		if sent < tenMB {
			return fmt.Errorf("status has %d bytes sent, of %d", sent, tenMB)
		}
		return nil
	})
	t.Logf("a page of %d bytes: %d bytes sent, %d received", tenMB, sent, received)
	require.Less(t, sent, uint64(tenMB*5/4))
	require.NotZero(t, received)
}

// bytes is what status counts of a device.
func (k *kernelPath) bytes(t *testing.T, name string) client {
	t.Helper()
	for _, server := range k.status(t) {
		for _, c := range server.Clients {
			if c.Name == name {
				return c
			}
		}
	}
	require.Fail(t, "not connected", name)
	return client{}
}

// isolates tries a port of the other device that nothing listens at. A rule that lets
// packets pass shows that only the firewall prevents the refusal.
func (k *kernelPath) isolates(t *testing.T) {
	const pass = "-i tripvpn0 -o tripvpn0 -j ACCEPT"
	require.ErrorIs(t, k.reaches(t, "bert"), context.DeadlineExceeded)
	_, err := k.host(t).Run(t.Context(), "sh", "-euc", "iptables -I TRIPVPN-FORWARD "+pass)
	require.NoError(t, err)
	require.ErrorIs(t, k.reaches(t, "bert"), syscall.ECONNREFUSED)
	_, err = k.host(t).Run(t.Context(), "sh", "-euc", "iptables -D TRIPVPN-FORWARD "+pass)
	require.NoError(t, err)
	require.ErrorIs(t, k.reaches(t, "bert"), context.DeadlineExceeded)
}

// reaches connects anna's device with a port of another one, through the tunnel.
func (k *kernelPath) reaches(t *testing.T, other string) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	conn, err := k.anna.Dial(ctx, "tcp", netip.AddrPortFrom(k.tunnel[other], 9).String())
	if err == nil {
		return errors.Join(errors.New("a connection"), conn.Close())
	}
	return err
}

// noticesAnother takes the kernel's data path away.
func (k *kernelPath) noticesAnother(t *testing.T) {
	for name, c := range map[string]struct{ breaks, repairs, says string }{
		"OpenVPN was started with --disable-dco": {
			"echo disable-dco >>/etc/openvpn/server/darrell.conf", "sed -i '/^disable-dco$/d' /etc/openvpn/server/darrell.conf",
			"the data path is not the required one: that of tripvpn0 is user, not kernel",
		},
		"the module cannot be loaded": {
			"echo 'install ovpn /bin/false' >/etc/modprobe.d/none.conf; systemctl stop 'openvpn-server@*'; modprobe --remove ovpn", "rm /etc/modprobe.d/none.conf",
			"the data path is not the required one: that of tripvpn1 is user, not kernel",
		},
	} {
		t.Run(name, func(t *testing.T) {
			restart := "\nsystemctl restart openvpn-server@darrell openvpn-server@darrell-tcp"
			_, err := k.host(t).Run(t.Context(), "sh", "-euc", c.breaks+restart)
			require.NoError(t, err)
			output, code := bootstrap(t, k.host(t), nil, "verify")
			require.Equal(t, 2, code, output)
			require.Contains(t, output, c.says)
			_, err = k.host(t).Run(t.Context(), "sh", "-euc", c.repairs+restart)
			require.NoError(t, err)
			output, code = bootstrap(t, k.host(t), nil, "verify")
			require.Zero(t, code, output)
		})
	}
}

// chooses restarts OpenVPN twice. It also ends the other region, to which the devices would
// fail over while the host reboots.
func (k *kernelPath) chooses(t *testing.T) {
	for _, path := range []struct{ key, is string }{{"user", "user"}, {"auto", "kernel"}} {
		k.change(t, map[string]any{"dataPath": path.key, "regions": []string{east}})
		require.Equal(t, []string{path.is, path.is}, k.dataPaths(t, east))
	}
	k.hand(t, k.anna, "anna")
}

func (k *kernelPath) reboots(t *testing.T) {
	k.endpoint = k.address(t, east)
	k.survivesReboot(t)
	require.Equal(t, []string{"kernel", "kernel"}, k.dataPaths(t, east))
}

// failsOver kills the server that the devices use, twice.
func (k *kernelPath) failsOver(t *testing.T) {
	for _, d := range k.devices() {
		d.watch(t)
	}
	for _, step := range []struct{ from, to string }{{east, west}, {west, east}} {
		e := k.expose(t, k.anna, k.bert)
		e.awaitThrough(t, step.from, 10*time.Second)
		lost, err := k.world.Host(step.from)
		require.NoError(t, err)
		began := time.Now()
		require.NoError(t, lost.Kill(within(t, time.Minute)))
		e.awaitThrough(t, step.to, 90*time.Second)
		t.Logf("both devices used the server in %s %.1f s after the loss of that in %s", step.to, time.Since(began).Seconds(), step.from)
		e.requireClosed(t)
		k.at = step.to
		require.Equal(t, k.tunnel, k.tunnelAddresses(t), "addresses are the same on both servers")
		for _, d := range k.devices() {
			d.settled = d.connections()
		}
		require.NoError(t, lost.PowerOn(within(t, 5*time.Minute)))
		require.NoError(t, lost.AwaitBooted(within(t, 5*time.Minute)))
	}
	for _, d := range k.devices() {
		d.disconnectWatched(t)
	}
}

func (k *kernelPath) ends(t *testing.T) {
	require.NoError(t, k.bert.Remove(t.Context()))
	k.destroys(t)
}
