package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/pulumi/pulumi-tls/sdk/v5/go/tls"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"tripvpn/lab/stack"
)

// BenchmarkClients measures a trip of 1, 25 and 250 clients: seconds of the
// first up, of one that changes nothing, and of one that adds a client. The
// same three for a program with only as many keys show the engine's own share.
// Run it with `make bench`.
func BenchmarkClients(b *testing.B) {
	for _, n := range []int{1, 25, 250} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for i := range b.N {
				measureTrip(b, fmt.Sprintf("bench-%d-%d", n, i), n)
			}
		})
	}
}

func measureTrip(b *testing.B, name string, n int) {
	c := newTrip(b, name, map[string]any{"clients": clientNames(n)})
	report := func(metric string, value float64) { b.ReportMetric(value, metric) }
	report("s/up", secondsOf(b, c.stack))
	report("s/same", secondsOf(b, c.stack))
	c.settings["clients"] = clientNames(n + 1)
	require.NoError(b, c.stack.Configure(b.Context(), c.settings))
	report("s/add", secondsOf(b, c.stack))
	resources, err := c.stack.Resources(b.Context())
	require.NoError(b, err)
	report("resources", float64(len(resources)))
	told, err := c.stack.Property(b.Context(), "Command::darrell-us-east-1-vpn", "stdin")
	require.NoError(b, err)
	report("B/spec", float64(len(told)))
	_, err = c.stack.Destroy(b.Context())
	require.NoError(b, err)

	keys := len(resources) - perClient
	engine, err := c.world.NewStackOf(b.Context(), name+"-engine", func(ctx *pulumi.Context) error { return makeKeys(ctx, keys) })
	require.NoError(b, err)
	report("s/engine-up", secondsOf(b, engine))
	report("s/engine-same", secondsOf(b, engine))
	keys += perClient
	report("s/engine-add", secondsOf(b, engine))
}

// perClient counts a client's resources: key, request, certificate.
const perClient = 3

func clientNames(n int) []string {
	var names []string
	for i := range n {
		names = append(names, fmt.Sprintf("device-%03d", i))
	}
	return names
}

func makeKeys(ctx *pulumi.Context, n int) error {
	for i := range n {
		if _, err := tls.NewPrivateKey(ctx, fmt.Sprintf("key-%03d", i), &tls.PrivateKeyArgs{Algorithm: pulumi.String("ED25519")}); err != nil {
			return err
		}
	}
	return nil
}

func secondsOf(b *testing.B, s *stack.Stack) float64 {
	b.Helper()
	began := time.Now()
	_, err := s.Up(b.Context())
	require.NoError(b, err)
	return time.Since(began).Seconds()
}
