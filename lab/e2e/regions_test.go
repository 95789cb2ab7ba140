package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/world"
)

// regions is a trip that goes from one region to another without a gap, by way
// of both.
type regions struct {
	*trip
	anna *device
}

// TestTwoRegions is the table of contents.
func TestTwoRegions(t *testing.T) {
	r := &regions{trip: newTrip(t, "regions", map[string]any{"regions": []string{east}, "clients": []string{"anna"}})}
	inOrder(t, []chapter{
		{"one region", r.begins},
		{"another region is added, and told of", r.adds},
		{"the first server is lost, and the client falls through to the other", r.losesOne},
		{"the lost region is given up", r.removes},
		{"destroy leaves nothing", r.end},
	})
}

func (r *regions) begins(t *testing.T) {
	r.change(t, nil)
	r.anna = r.newDevice(t, "anna")
	r.traveller = r.anna.Traveller
	r.hand(t, r.anna, "anna")
	r.anna.connect(t)
	r.anna.download(t)
}

// adds disturbs nobody, and says whose profile has become another.
func (r *regions) adds(t *testing.T) {
	before, said := r.fingerprints(t)["anna"].(string), len(r.log.String())
	r.change(t, map[string]any{"regions": []string{east, west}})
	r.anna.requireUndisturbed(t, "anna")
	r.anna.stream.Close()
	after := r.fingerprints(t)["anna"].(string)
	require.NotEqual(t, before, after)
	require.Regexp(t, `~ profiles\s*: \{\s*~ anna: "`+before+`" => "`+after+`"`, r.log.String()[said:])

	r.anna.disconnect(t)
	r.hand(t, r.anna, "anna")
	r.anna.connect(t)
	require.NoError(t, r.sees(t, east), "the first one is tried first")
}

func (r *regions) sees(t *testing.T, region string) error {
	t.Helper()
	servers, err := r.stack.Output(t.Context(), "servers")
	require.NoError(t, err)
	seen, err := r.anna.Fetch(t.Context(), world.AddressPage)
	if err == nil && strings.TrimSpace(seen) != servers.(map[string]any)[region] {
		err = fmt.Errorf("the web server saw %s, not the server in %s", strings.TrimSpace(seen), region)
	}
	return err
}

// losesOne cuts the power of the first server, which tells nobody. What the
// client sends meanwhile goes nowhere, and not out by another way.
func (r *regions) losesOne(t *testing.T) {
	r.world.Web.Forget()
	began := time.Now()
	require.NoError(t, r.host(t).Kill(within(t, time.Minute)))
	// Its own time-out: 60 s of silence, which began up to 15 s before, and 5 s
	// for a server that does not answer.
	eventually(t, 90*time.Second, func() error { return r.sees(t, west) })
	t.Logf("the client was on the second server %.1f s after the first one was gone", time.Since(began).Seconds())
	require.NotEmpty(t, r.world.Web.Callers())
	for _, caller := range r.world.Web.Callers() {
		require.NotEqual(t, r.anna.Address(), caller)
	}
}

func (r *regions) removes(t *testing.T) {
	r.anna.settled = r.anna.connections()
	r.anna.download(t)
	r.change(t, map[string]any{"regions": []string{west}})
	r.anna.requireUndisturbed(t, "anna")
	r.anna.stream.Close()
	for _, line := range r.world.Cloud.Inventory() {
		require.NotContains(t, line, east)
	}
	r.at = west
}

func (r *regions) end(t *testing.T) {
	r.anna.disconnect(t)
	r.destroys(t)
}
