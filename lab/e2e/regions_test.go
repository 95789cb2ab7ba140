package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/world"
)

// TestTwoRegions has a server in each of two regions, and loses one.
func TestTwoRegions(t *testing.T) {
	c := newTrip(t, "regions", map[string]any{"regions": []string{"us-east-1", "eu-west-1"}, "clients": []string{"anna"}})
	c.change(t, nil)
	anna := c.newDevice(t, "anna")
	c.hand(t, anna, "anna")
	anna.connect(t)
	servers, err := c.stack.Output(t.Context(), "servers")
	require.NoError(t, err)
	sees := func(region string) error {
		seen, err := anna.Fetch(t.Context(), world.AddressPage)
		if err == nil && strings.TrimSpace(seen) != servers.(map[string]any)[region] {
			err = fmt.Errorf("the web server saw %s, not the server in %s", strings.TrimSpace(seen), region)
		}
		return err
	}
	require.NoError(t, sees("us-east-1"), "the first one is tried first")

	host, err := c.world.Host("us-east-1")
	require.NoError(t, err)
	began := time.Now()
	require.NoError(t, host.Kill(within(t, time.Minute)))
	defer func() { t.Log(anna.session.Log()) }()
	eventually(t, 2*time.Minute, func() error { return sees("eu-west-1") })
	t.Logf("the client was on the second server %.1f s after the first one was gone", time.Since(began).Seconds())
}
