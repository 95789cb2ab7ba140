package fabric_test

import (
	"context"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/gopacket/gopacket/layers"
	"github.com/stretchr/testify/require"

	"tripvpn/lab/fabric"
	"tripvpn/lab/fabric/capture"
	"tripvpn/lab/poll"
)

func record(t *testing.T, l *fabric.Link) *capture.Capture {
	t.Helper()
	recording, err := l.Capture()
	require.NoError(t, err)
	return recording
}

// awaitFrame waits at most two seconds for a UDP datagram with a text, which was
// recorded in a direction. It returns the first one.
func awaitFrame(t *testing.T, c *capture.Capture, text string, sent bool) (found capture.Frame) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	require.NoError(t, poll.Until(ctx, 10*time.Millisecond, func() (bool, error) {
		for _, f := range c.Frames() {
			if f.Protocol == layers.LayerTypeUDP && f.Sent == sent && string(f.Payload) == text {
				found = f
				return true, nil
			}
		}
		return false, nil
	}), "a datagram with %q (sent: %t)", text, sent)
	return found
}

func say(t *testing.T, conn net.Conn, text string) {
	t.Helper()
	_, err := conn.Write([]byte(text))
	require.NoError(t, err)
}

// TestCaptureRecordsBothDirections records one traveller, and not a neighbour.
func TestCaptureRecordsBothDirections(t *testing.T) {
	l := start(t, nil)
	ctx := context.Background()
	neighbour, err := l.Traveller(ctx, "neighbour")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, neighbour.Remove(ctx)) })
	for family, server := range map[string]netip.AddrPort{
		"IPv4": netip.AddrPortFrom(fabric.DNS, 53), "IPv6": netip.AddrPortFrom(fabric.DNS6, 53),
	} {
		t.Run(family, func(t *testing.T) {
			echo(t, fabric.Internet, server)
			recording := record(t, l.traveller)
			before := time.Now()
			require.NoError(t, exchange(open(t, neighbour.Namespace(), server)))
			conn := open(t, l.traveller.Namespace(), server)
			require.NoError(t, exchange(conn))
			client := conn.LocalAddr().(*net.UDPAddr).AddrPort()

			sent := awaitFrame(t, recording, "hello", true)
			require.Equal(t, client, sent.Source)
			require.Equal(t, server, sent.Destination)
			require.WithinRange(t, sent.Time, before, time.Now())
			received := awaitFrame(t, recording, "hello", false)
			require.Equal(t, server, received.Source)
			require.Equal(t, client, received.Destination)

			frames, err := recording.Stop()
			require.NoError(t, err)
			for _, f := range frames {
				require.NotEqual(t, neighbour.Address(), f.Source.Addr())
				require.NotEqual(t, neighbour.Address6(), f.Source.Addr())
			}
			require.NoError(t, exchange(conn))
			require.Equal(t, frames, recording.Frames(), "it has ended")
		})
	}
}

// TestCaptureOutlivesItsNetwork records over the loss of a link, and in another network.
func TestCaptureOutlivesItsNetwork(t *testing.T) {
	l := start(t, nil)
	ctx := context.Background()
	recording := record(t, l.traveller)
	send := func(text string) capture.Frame {
		for _, to := range []netip.Addr{fabric.Web, fabric.Web6} {
			say(t, open(t, l.traveller.Namespace(), netip.AddrPortFrom(to, 9)), text+to.String())
			require.Equal(t, to, awaitFrame(t, recording, text+to.String(), true).Destination.Addr())
		}
		return awaitFrame(t, recording, text+fabric.Web.String(), true)
	}
	send("at first")
	require.NoError(t, l.traveller.Unplug(ctx))
	require.NoError(t, l.traveller.Plug(ctx))
	require.Equal(t, l.traveller.Address(), send("plugged in").Source.Addr())

	require.NoError(t, l.traveller.Unplug(ctx))
	require.NoError(t, l.traveller.Roam(ctx, fabric.IPv4AndIPv6))
	require.NoError(t, l.traveller.Plug(ctx))
	require.Equal(t, l.traveller.Address(), send("elsewhere").Source.Addr())
	_, err := recording.Stop()
	require.NoError(t, err)
}

// TestCaptureFailsIfItIsIncomplete has a device that disappears.
func TestCaptureFailsIfItIsIncomplete(t *testing.T) {
	l := start(t, nil)
	ctx := context.Background()
	brief, err := l.Traveller(ctx, "brief")
	require.NoError(t, err)
	recording := record(t, brief)
	require.NoError(t, brief.Remove(ctx))
	_, err = recording.Stop()
	require.Error(t, err)

	_, err = capture.Start(fabric.Internet, "no-such")
	require.ErrorContains(t, err, "no such network interface")
}
