package e2e

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/world"
)

// regions is a trip that moves to another region without a gap, over a time with
// both.
type regions struct {
	*trip
	anna, bert *device
	tunnel     map[string]netip.Addr // the devices' addresses in the tunnel
}

// TestTwoRegions lists the chapters of a trip with two regions. Bert's device has
// OpenVPN 2.7, anna's 2.6.
func TestTwoRegions(t *testing.T) {
	r := &regions{trip: newTrip(t, "regions", map[string]any{"regions": []string{east}, "clients": []string{"anna", "bert"}})}
	inOrder(t, []chapter{
		{"one region", r.begins},
		{"another region is added, and the profiles list it", r.adds},
		{"the server restarts eight times, and nothing bypasses the tunnel", r.staysClosedOverRestarts},
		{"the link is down for a second", r.comesBackWhenItsLinkDoes},
		{"another address and gateway", r.comesBackFromAnotherNetwork},
		{"the first server is lost, and both devices fail over", r.losesOne},
		{"the lost region is removed", r.removes},
		{"back over both regions, without a gap", r.leaves},
		{"destroy leaves nothing", r.end},
	})
}

func (r *regions) begins(t *testing.T) {
	r.change(t, nil)
	r.anna, r.bert = r.newDevice(t, "anna"), r.newDeviceWith(t, "openvpn-2.7", "bert")
	r.traveller = r.anna.Traveller
	r.hand(t, r.anna, "anna")
	r.anna.connect(t)
	r.anna.download(t)
}

// adds disturbs no device, and shows in the output `profiles` which of them
// changed. The CLI does not always print the outputs after an update.
func (r *regions) adds(t *testing.T) {
	before := r.fingerprints(t)
	r.change(t, map[string]any{"regions": []string{east, west}})
	r.anna.requireUndisturbed(t, "anna")
	r.anna.stream.Close()
	after := r.fingerprints(t)
	for _, name := range []string{"anna", "bert"} {
		require.NotEqual(t, before[name], after[name])
	}

	r.anna.disconnect(t)
	for name, device := range map[string]*device{"anna": r.anna, "bert": r.bert} {
		r.hand(t, device, name)
		device.connectWatched(t)
		require.NoError(t, device.seenAs(t.Context(), r.address(t, east)), "clients try the first region first")
	}
	r.tunnel = r.tunnelAddresses(t)
	require.Len(t, r.tunnel, 2)
}

// losesOne kills the first server without notice. Until the devices fail over,
// their packets are lost, and do not bypass the tunnel.
func (r *regions) losesOne(t *testing.T) {
	r.forget()
	e := r.expose(t, r.anna, r.bert)
	began := time.Now()
	require.NoError(t, r.host(t).Kill(within(t, time.Minute)))
	// The client's own timeouts: 45 s of silence, which began up to 15 s before,
	// and 5 s for a server that does not answer.
	r.requireFollows(t, 75*time.Second, west)
	t.Logf("the client used the second server %.1f s after the loss of the first", time.Since(began).Seconds())
	e.awaitThrough(t, west, 30*time.Second)
	e.requireClosed(t)
	r.at = west
	require.Equal(t, r.tunnel, r.tunnelAddresses(t), "addresses are the same on both servers")
	r.bert.disconnectWatched(t)
	require.NoError(t, r.bert.Remove(t.Context()))
}

// requireFollows requires the client to reach the server in a region by itself.
// Until then nothing may bypass the tunnel, over IPv4 or IPv6.
func (r *regions) requireFollows(t *testing.T, limit time.Duration, to string) {
	t.Helper()
	address := r.address(t, to)
	eventually(t, limit, func() error {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, _ = r.anna.Fetch(ctx, world.AddressPage6) // only a leak matters
		return r.anna.seenAs(t.Context(), address)
	})
	r.requireHidden(t, r.anna)
}

func (r *regions) removes(t *testing.T) {
	r.anna.settled = r.anna.connections()
	r.anna.download(t)
	r.change(t, map[string]any{"regions": []string{west}})
	r.anna.requireUndisturbed(t, "anna")
	r.anna.stream.Close()
	r.requireNothingLeft(t, east)
}

// leaves removes the region that the client uses. The server sends its exit
// notification.
func (r *regions) leaves(t *testing.T) {
	r.change(t, map[string]any{"regions": []string{west, east}})
	r.anna.disconnectWatched(t)
	r.hand(t, r.anna, "anna")
	r.anna.connectWatched(t)
	require.NoError(t, r.anna.seenAs(t.Context(), r.address(t, west)))
	r.forget()
	r.change(t, map[string]any{"regions": []string{east}})
	r.requireFollows(t, time.Until(r.returned.Add(30*time.Second)), east)
	t.Logf("the client used the other server %.1f s after up returned", time.Since(r.returned).Seconds())
	r.requireNothingLeft(t, west)
	r.at = east
}

func (r *regions) end(t *testing.T) {
	r.anna.disconnectWatched(t)
	r.destroys(t)
}
