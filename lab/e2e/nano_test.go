//go:build vm

package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/testenv"
	"tripvpn/lab/machine"
	"tripvpn/lab/world"
)

// nano is a trip on a virtual machine.
type nano struct{ *trip }

// TestNano is the worked example with the instance type and image that it has by
// default, on Debian's own kernel.
func TestNano(t *testing.T) {
	testenv.RequirePrograms(t, machine.Emulator("arm64"), "mke2fs", "socat")
	n := &nano{trip: newTripIn(t, world.Options{Virtual: func(string) bool { return true }}, "nano", nil)}
	require.NoError(t, n.world.Site.PrepareVirtual(t.Context(), "debian-13", "arm64"))
	inOrder(t, timed([]chapter{
		{"power is cut while packages are installed", n.cutsPowerInPackages},
		{"power is cut while the server is set up", n.cutsPowerInApply},
		{"up builds everything", n.up},
		{"it is what the defaults say", n.isTheDefault},
		{"it fits into the memory", n.fits},
		{"the exported file works unchanged", n.connects},
		{"the host reboots under a connected client", n.survivesReboot},
		{"an unchanged stack stays unchanged", n.unchanged},
		{"a client is added", n.adds},
		{"it still fits", n.fits},
		{"memory runs out", n.runsOutOfMemory},
		{"the disk is full", n.fillsDisk},
		{"destroy leaves nothing", n.destroys},
	}))
}

// timed logs how long each chapter takes.
func timed(chapters []chapter) []chapter {
	for i, c := range chapters {
		chapters[i].test = func(t *testing.T) {
			began := time.Now()
			c.test(t)
			t.Logf("took %.0f s", time.Since(began).Seconds())
		}
	}
	return chapters
}

func (n *nano) isTheDefault(t *testing.T) {
	said, err := n.host(t).Run(t.Context(), "sh", "-euc", `uname -rm; nproc; . /etc/os-release; echo $ID-$VERSION_ID; awk '/^MemTotal:/ {print $2}' /proc/meminfo`)
	require.NoError(t, err)
	require.Regexp(t, `^\S+-cloud-arm64 aarch64\n2\ndebian-13\n4\d\d{4}\n$`, said)
}

func (n *nano) adds(t *testing.T) {
	changes := n.change(t, map[string]any{"clients": []string{"darrell", "darrell-phone", "darrell-tablet"}})
	require.Equal(t, 1, changes["update"], "one command on the host: %v", changes)
	tablet := n.newDevice(t, "tablet")
	n.hand(t, tablet, "darrell-tablet")
	tablet.connect(t)
	require.NoError(t, tablet.seenAs(t.Context(), n.endpoint))
	tablet.disconnect(t)
	require.NoError(t, tablet.Remove(t.Context()))
}

// fits requires that the kernel has killed no process since it booted, and that there is
// room for apt and unattended-upgrades.
func (n *nano) fits(t *testing.T) {
	said, err := n.host(t).Run(t.Context(), "sh", "-euc", `
grep -E "^(MemTotal|MemAvailable|SwapTotal):" /proc/meminfo
grep -E "^(oom_kill|pgmajfault|workingset_refault_file) " /proc/vmstat
cd /sys/fs/cgroup
for peak in system.slice/memory.peak user.slice/memory.peak system.slice/*.service/memory.peak; do
    echo "$(($(cat $peak) >> 20)) MiB ${peak%/*}"
done | sort -rn | head -8`)
	require.NoError(t, err)
	t.Log(said)
	require.Contains(t, said, "\noom_kill 0\n")
	var available int
	_, line, _ := strings.Cut(said, "MemAvailable:")
	_, err = fmt.Sscan(line, &available)
	require.NoError(t, err)
	require.Greater(t, available, 150<<10, "kilobytes")
}
