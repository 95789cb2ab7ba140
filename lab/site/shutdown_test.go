package site_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/cloud/ec2"
	"tripvpn/lab/fabric"
	"tripvpn/lab/fabric/netns"
	"tripvpn/lab/machine"
)

// serve has a machine run a service that does something when it is stopped, for
// which systemd waits without end.
func serve(t *testing.T, host *machine.Machine, stop string) {
	t.Helper()
	ctx := t.Context()
	require.NoError(t, host.AwaitBooted(ctx))
	unit := host.Command(ctx, "tee", "/etc/systemd/system/served.service")
	unit.Stdin = strings.NewReader(fmt.Sprintf(`[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=true
ExecStop=%s
TimeoutStopSec=infinity
`, stop))
	require.NoError(t, unit.Run())
	_, err := host.Run(ctx, "systemctl", "start", "served.service")
	require.NoError(t, err)
}

// friend is a host on the Internet. A service tells it that it stops.
type friend struct {
	t *testing.T
	net.PacketConn
}

func newFriend(t *testing.T) friend {
	t.Helper()
	conn, err := netns.ListenPacket(t.Context(), fabric.Operator, "udp", netip.AddrPortFrom(fabric.OperatorAddress, 0).String())
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	return friend{t, conn}
}

// hears waits for a word, and returns its sender.
func (f friend) hears(word string) net.Addr {
	f.t.Helper()
	require.NoError(f.t, f.SetReadDeadline(time.Now().Add(15*time.Second)))
	heard := make([]byte, 64)
	n, from, err := f.ReadFrom(heard)
	require.NoError(f.t, err)
	require.Equal(f.t, word+"\n", string(heard[:n]))
	return from
}

// goodbye says goodbye to a friend and waits for the answer. It lasts longer than
// the interval between two presses of the power button.
func (f friend) goodbye() string {
	port := f.LocalAddr().(*net.UDPAddr).Port
	return fmt.Sprintf(`bash -c "exec 3<>/dev/udp/%s/%d; sleep 1.5; echo going >&3; read -r -u 3; echo gone >&3"`,
		fabric.OperatorAddress, port)
}

// nods answers with a line that fits into one byte: bash reads no more of a
// datagram.
func (f friend) nods(to net.Addr) {
	f.t.Helper()
	_, err := f.WriteTo([]byte("\n"), to)
	require.NoError(f.t, err)
}

func TestServicesAreStoppedWhileTheAddressStillLeadsToThem(t *testing.T) {
	a := newAccount(t)
	i, elastic := a.launch("stop")
	host := a.host(i.ID)
	friend := newFriend(t)
	serve(t, host, friend.goodbye())

	over := make(chan error, 1)
	began := time.Now()
	go func() { over <- a.TerminateInstance(context.WithoutCancel(t.Context()), i.ID) }()
	server := friend.hears("going")
	require.Equal(t, elastic.Public, server.(*net.UDPAddr).AddrPort().Addr().Unmap())
	require.Equal(t, ec2.ShuttingDown, a.state(i.ID))
	require.True(t, host.Running())
	friend.nods(server)
	friend.hears("gone")

	require.NoError(t, <-over)
	t.Logf("terminated in %v", time.Since(began).Round(time.Millisecond))
	after, err := a.DescribeInstance(i.ID)
	require.NoError(t, err)
	require.Equal(t, ec2.Terminated, after.State)
	require.Equal(t, ec2.UserInitiated, after.Reason, "nobody takes it for a shutdown from inside")
	require.NoDirExists(t, disk(i.ID))
	require.NoError(t, a.ReleaseAddress(elastic.AllocationID))
}

func TestAMachineThatDoesNotShutDownIsCutOff(t *testing.T) {
	for name, prepare := range map[string]func(*testing.T, *machine.Machine){
		"a service does not stop": func(t *testing.T, host *machine.Machine) { serve(t, host, "sleep infinity") },
		"the button is ignored": func(t *testing.T, host *machine.Machine) {
			require.NoError(t, host.AwaitBooted(t.Context()))
			_, err := host.Run(t.Context(), "systemctl", "mask", "poweroff.target")
			require.NoError(t, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAccount(t)
			a.site.Patience = 3 * time.Second
			i, _ := a.launch("stop")
			prepare(t, a.host(i.ID))

			// systemd itself would wait for longer (DefaultTimeoutStopSec).
			began := time.Now()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			require.NoError(t, a.TerminateInstance(ctx, i.ID))
			require.GreaterOrEqual(t, time.Since(began), a.site.Patience)
			require.Equal(t, ec2.Terminated, a.state(i.ID))
			require.NoDirExists(t, disk(i.ID))
			require.False(t, netns.Exists("tvl-h-"+i.ID))
		})
	}
}

// An init that has only just started does not listen to the button yet.
func TestAMachineThatStillBootsShutsDown(t *testing.T) {
	a := newAccount(t)
	a.site.Patience = time.Hour // so that nothing is cut off
	i, _ := a.launch("stop")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	require.NoError(t, a.TerminateInstance(ctx, i.ID))
	require.Equal(t, ec2.Terminated, a.state(i.ID))
}

func TestAPowerOffThatIsAskedForIsNotReported(t *testing.T) {
	a := newAccount(t)
	ctx := t.Context()
	i, _ := a.launch("terminate")
	host := a.host(i.ID)
	require.NoError(t, host.AwaitBooted(ctx))
	require.NoError(t, host.PowerOff(ctx))
	require.False(t, host.Running())
	require.NoError(t, host.PowerOff(ctx), "powering off twice")
	require.Equal(t, ec2.Running, a.state(i.ID))

	require.NoError(t, host.PowerOn(ctx))
	require.NoError(t, host.AwaitBooted(ctx))
	a.powerOff(i.ID, ec2.Terminated)
	require.NoDirExists(t, disk(i.ID))
	require.False(t, netns.Exists("tvl-h-"+i.ID))
	_, err := a.site.Machine(i.ID)
	require.ErrorContains(t, err, "there is none")
}

func TestATerminationThatIsGivenUpCanBeTriedAgain(t *testing.T) {
	a := newAccount(t)
	i, _ := a.launch("stop")
	host := a.host(i.ID)
	serve(t, host, "sleep infinity")
	soon, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	require.ErrorIs(t, a.TerminateInstance(soon, i.ID), context.DeadlineExceeded)
	require.Equal(t, ec2.ShuttingDown, a.state(i.ID))
	require.DirExists(t, disk(i.ID))
	require.NoError(t, host.Kill(t.Context()))
	require.NoError(t, a.TerminateInstance(t.Context(), i.ID))
	require.NoDirExists(t, disk(i.ID))
}
