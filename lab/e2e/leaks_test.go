package e2e

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/stretchr/testify/require"

	"tripvpn/lab/dpi"
	"tripvpn/lab/fabric"
	"tripvpn/lab/fabric/capture"
	"tripvpn/lab/leak"
	"tripvpn/lab/world"
)

// remotesIn lists a profile's servers in the order in which clients try them.
func remotesIn(profile string) []string {
	var remotes []string
	for line := range strings.Lines(profile) {
		if remote, ok := strings.CutPrefix(line, "remote "); ok {
			remotes = append(remotes, strings.TrimSpace(remote))
		}
	}
	return remotes
}

// rulesOf lets a device with a profile contact the servers that the profile names, and
// nobody else. Behind a domain are the given addresses, and the device may look it up.
func rulesOf(t testing.TB, profile string, behind ...netip.Addr) leak.Rules {
	t.Helper()
	var rules leak.Rules
	for _, remote := range remotesIn(profile) {
		var host, protocol string
		var port uint16
		_, err := fmt.Sscan(remote, &host, &port, &protocol)
		require.NoError(t, err, remote)
		addresses := behind
		if address, err := netip.ParseAddr(host); err == nil {
			addresses = []netip.Addr{address}
		} else {
			rules.Name, rules.Resolver = host, fabric.DNS
		}
		endpoints := map[string]*[]netip.AddrPort{"udp": &rules.UDP, "tcp": &rules.TCP}[protocol]
		require.NotNil(t, endpoints, remote)
		for _, address := range addresses {
			*endpoints = append(*endpoints, netip.AddrPortFrom(address, port))
		}
	}
	return rules
}

// watch records from now on what the device sends and receives outside the tunnel.
//
// Before a client's first packet, and after it has ended, all traffic is in the open by
// design, so a recording begins with the client and ends before it. In between it also
// has the moment of connecting: the routes into the tunnel are not there yet, so what
// other programs send then is in the open as well. On these machines no other program
// sends anything then, and what the recording shows is the client's own.
func (d *device) watch(t testing.TB) {
	t.Helper()
	var err error
	d.recording, err = d.Capture()
	require.NoError(t, err)
}

// requireNoLeak requires that nothing has left the device beside the tunnel since watch.
func (d *device) requireNoLeak(t testing.TB) {
	t.Helper()
	require.NoError(t, d.rules.Check(d.recording.Frames()))
}

// unwatch ends the recording, while the tunnel is still up.
func (d *device) unwatch(t testing.TB) []capture.Frame {
	t.Helper()
	frames, err := d.recording.Stop()
	require.NoError(t, err)
	d.recording = nil
	return frames
}

// connectWatched is connect, with a recording from the client's first packet on. Until
// the tunnel is up, the client contacts nobody but the servers.
func (d *device) connectWatched(t testing.TB) {
	t.Helper()
	d.watch(t)
	d.connect(t)
	d.requireNoLeak(t)
}

// disconnectWatched is disconnect, after the recording.
func (d *device) disconnectWatched(t testing.TB) {
	t.Helper()
	require.NoError(t, d.rules.Check(d.unwatch(t)))
	d.disconnect(t)
}

// requireSeenInTheOpen requires that a recording shows what the device sends without a
// tunnel, so that one that shows nothing means that there is nothing.
func (d *device) requireSeenInTheOpen(t testing.TB) {
	t.Helper()
	d.watch(t)
	for _, page := range []string{world.AddressPage, world.AddressPage6} {
		_, err := d.Fetch(t.Context(), page)
		require.NoError(t, err)
	}
	frames := d.unwatch(t)
	seen := map[netip.Addr]bool{}
	for _, f := range d.rules.Leaks(frames) {
		seen[f.Destination.Addr()] = true
	}
	require.Equal(t, map[netip.Addr]bool{fabric.Web: true, fabric.Web6: true}, seen)
	require.Len(t, dpi.Flows(frames), 2)
	require.Empty(t, recognized(frames))
}

// recognized lists the flows that an inspecting network takes for OpenVPN.
func recognized(frames []capture.Frame) []dpi.Endpoints {
	var found []dpi.Endpoints
	for endpoints, flow := range dpi.Flows(frames) {
		if dpi.IsOpenVPN(flow) {
			found = append(found, endpoints)
		}
	}
	return found
}

// requireRecognized requires that the device's present connection is recognized as
// OpenVPN: the documentation says that it does not hide. The recording is as old as the
// client.
func (d *device) requireRecognized(t testing.TB) {
	t.Helper()
	protocol := map[string]gopacket.LayerType{"UDP": layers.LayerTypeUDP, "TCP": layers.LayerTypeTCP}[d.transport()]
	found := recognized(d.recording.Frames())
	require.Len(t, found, 1)
	require.Equal(t, protocol, found[0].Protocol)
}
