//go:build vm

package site_test

import (
	"fmt"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/testenv"
	"tripvpn/lab/cloud/ec2"
	"tripvpn/lab/fabric"
	"tripvpn/lab/machine"
	"tripvpn/lab/site"
	"tripvpn/lab/site/sitetest"
)

// TestAVirtualMachine is one of this computer's architecture.
func TestAVirtualMachine(t *testing.T) {
	testenv.RequirePrograms(t, machine.Emulator(runtime.GOARCH), "mke2fs", "socat", "ssh")
	s := sitetest.New(t)
	ctx := t.Context()
	s.Virtual = func(in string) bool { return in == region }
	require.NoError(t, s.PrepareVirtual(ctx, "debian-13", runtime.GOARCH))
	web, err := site.Web(ctx)
	require.NoError(t, err)
	defer web.Close()
	key, authorized := newKey(t)
	m, public := instance(t, s, region, "i-virtual", authorized)
	m.Type, _ = ec2.LookupInstanceType(kind())
	m.DiskGiB = 8
	began := time.Now()
	launch(t, s, m, public)
	host, err := s.Machine(m.ID)
	require.NoError(t, err)
	lap := func(what string) { t.Logf("%s after %v", what, time.Since(began).Round(time.Second)) }
	lap("its init runs")

	for _, c := range []struct {
		argv         []string
		stdin, wants string
	}{
		{[]string{"printf", "%s|", "a b", "it's", "two\nlines", "$HOME", "*"}, "", "a b|it's|two\nlines|$HOME|*|"},
		{[]string{"sh", "-c", "cat; echo said >&2; exit 7"}, "a secret\n", "a secret\nsaid\nexit status 7"},
		{[]string{"env"}, "", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\nHOME=/root\nLC_ALL=C.UTF-8\n"},
	} {
		command := host.Command(ctx, c.argv...)
		command.Stdin = strings.NewReader(c.stdin)
		said, err := command.CombinedOutput()
		if err != nil {
			said = append(said, err.Error()...)
		}
		require.Equal(t, c.wants, string(said))
	}

	require.NoError(t, host.AwaitBooted(ctx))
	lap("booted")
	require.Equal(t, "running\n", run(t, host, "systemctl", "is-system-running"))
	require.Equal(t, "2\n", run(t, host, "nproc"))
	require.Equal(t, "by user data", run(t, host, "cat", "/etc/planted"))
	var kilobytes, blocks int
	_, err = fmt.Sscan(run(t, host, "awk", "/^MemTotal:/ {print $2}", "/proc/meminfo"), &kilobytes)
	require.NoError(t, err)
	require.InDelta(t, 480, kilobytes/1024, 32, "of 512 MiB the kernel keeps some")
	_, err = fmt.Sscan(run(t, host, "cat", "/sys/block/vda/size"), &blocks)
	require.NoError(t, err)
	require.Equal(t, 8<<30, blocks*512)
	require.Contains(t, run(t, host, "uname", "-r"), "-cloud-", "it has a kernel of its own")

	require.Equal(t, "root\n", login(t, public, "admin", key, "sudo whoami"))
	for server, address := range map[netip.Addr]netip.Addr{fabric.Web: public, fabric.Web6: m.Address6} {
		page := "http://" + netip.AddrPortFrom(server, 80).String() + "/address"
		require.Equal(t, address.String()+"\n", run(t, host, "python3", "-c",
			"import sys, urllib.request as r; print(r.urlopen(sys.argv[1], timeout=20).read().decode(), end='')", page))
	}
	require.Contains(t, run(t, host, "ip", "-brief", "address", "show", "ens5"), " "+m.Address.String()+"/24 ")

	run(t, host, "sh", "-c", "sysctl -w net.ipv4.ip_forward=1; touch /etc/kept; sync; touch /run/lost")
	began = time.Now()
	require.NoError(t, host.Reboot(ctx))
	lap("rebooted")
	require.Equal(t, "0\n", run(t, host, "cat", "/proc/sys/net/ipv4/ip_forward"))
	run(t, host, "test", "-e", "/etc/kept", "-a", "!", "-e", "/run/lost")

	run(t, host, "sh", "-c", "echo whole >/etc/synced; sync /etc/synced /etc; echo none >/etc/cached")
	require.NoError(t, host.Kill(ctx))
	requireSilence(t, netip.AddrPortFrom(public, 22))
	_, err = host.Run(ctx, "true")
	require.ErrorContains(t, err, "is off")
	require.NoError(t, host.PowerOn(ctx))
	require.Equal(t, "whole\n", run(t, host, "cat", "/etc/synced"))
	_, err = host.Run(ctx, "test", "-s", "/etc/cached")
	require.Error(t, err, "a power cut loses what was only in memory")

	began = time.Now()
	require.NoError(t, s.Stop(ctx, region, m.ID))
	lap("shut down")
	require.Less(t, time.Since(began), 2*time.Minute, "it heard the power button, and was not cut off")
	require.False(t, host.Running())
}
