package traveller_test

import (
	"context"
	"net"
	"net/netip"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"tripvpn/lab/dpi"
	"tripvpn/lab/fabric"
	"tripvpn/lab/fabric/capture"
	"tripvpn/lab/fabric/netns"
	"tripvpn/lab/leak"
	"tripvpn/lab/poll"
	"tripvpn/lab/site/sitetest"
	"tripvpn/lab/traveller"
)

// sendBeside sends a datagram from a machine's network device, whatever its routes say.
func sendBeside(t *testing.T, who *traveller.Traveller, to netip.AddrPort) {
	t.Helper()
	bind := func(_, _ string, raw syscall.RawConn) (err error) {
		return raw.Control(func(fd uintptr) {
			err = os.NewSyscallError("setsockopt", unix.BindToDevice(int(fd), "ens5"))
		})
	}
	require.NoError(t, netns.Do(who.Namespace(), func() error {
		conn, err := (&net.Dialer{Control: bind}).DialContext(t.Context(), "udp", to.String())
		if err != nil {
			return err
		}
		defer conn.Close()
		_, err = conn.Write([]byte("beside"))
		return err
	}))
}

// TestLeakBesideATunnel records a tunnel, which an inspecting network recognizes, and
// then datagrams that a program sends past it.
func TestLeakBesideATunnel(t *testing.T) {
	s := sitetest.New(t)
	server, client := newTraveller(t, s, "server"), newTraveller(t, s, "client")
	serverIdentity, clientIdentity := newIdentity(t), newIdentity(t)
	serve(t, server, serverIdentity, clientIdentity.fingerprint)
	everything := "redirect-gateway def1 ipv6\nifconfig-ipv6 fd00::2/64 fd00::1\n"
	require.NoError(t, client.Place(t.Context(), "/root/trip.ovpn",
		append(profile(server.Address(), clientIdentity, serverIdentity.fingerprint), everything...)))
	rules := leak.Rules{UDP: []netip.AddrPort{netip.AddrPortFrom(server.Address(), 1194)}}

	recording, err := client.Capture()
	require.NoError(t, err)
	session, err := client.Connect("/root/trip.ovpn")
	require.NoError(t, err)
	require.NoError(t, session.AwaitConnected(within(t, 20*time.Second)))
	_, err = client.Probe(within(t, 5*time.Second), "tcp", serverInTunnel, nil)
	require.NoError(t, err)
	targets := []netip.AddrPort{netip.AddrPortFrom(fabric.Web, 9), netip.AddrPortFrom(fabric.Web6, 9)}
	for _, to := range targets {
		_, err := client.Probe(within(t, 100*time.Millisecond), "udp", to, []byte("into the tunnel"))
		require.NoError(t, err)
	}
	require.NoError(t, rules.Check(recording.Frames()))
	flows := dpi.Flows(recording.Frames())
	require.Len(t, flows, 1)
	for _, flow := range flows {
		require.True(t, dpi.IsOpenVPN(flow))
	}

	for _, to := range targets {
		sendBeside(t, client, to)
	}
	var leaks []capture.Frame
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	require.NoError(t, poll.Until(ctx, 10*time.Millisecond, func() (bool, error) {
		leaks = rules.Leaks(recording.Frames())
		return len(leaks) >= len(targets), nil
	}))
	frames, err := recording.Stop()
	require.NoError(t, err)
	require.Equal(t, leaks, rules.Leaks(frames))
	for i, leaked := range leaks {
		require.Equal(t, targets[i], leaked.Destination)
		require.Equal(t, "beside", string(leaked.Payload))
		require.ErrorContains(t, rules.Check(frames), leaked.String())
	}
	require.NoError(t, session.Disconnect(within(t, 10*time.Second)))
}
