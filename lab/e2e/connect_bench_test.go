package e2e

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/stack"
	"tripvpn/lab/world"
)

// firstPage reports where the time goes from an empty account to the first page, in
// seconds: each part from the end of the one before. The host binary and the images
// are built before, and the device has booted.
func (f *fleet) firstPage(b *testing.B) {
	anna := f.devices[0]
	began := time.Now()
	passes.start(b, f.devices[:1])
	connected := time.Since(began)
	f.requirePage(b, anna)
	page := time.Since(began)
	anna.disconnect(b)

	instance, upload := f.step(b, "-instance"), f.step(b, "-upload")
	packages, network, vpn := f.step(b, "-packages"), f.step(b, "-network"), f.step(b, "-vpn")
	for _, part := range []struct {
		name string
		took time.Duration
	}{
		{"1 keys and network", instance.Began.Sub(f.began)},
		{"2 instance and address", upload.Began.Sub(instance.Began)},
		{"3 boot until SSH, and upload", upload.Ended.Sub(upload.Began)},
		{"4 cloud-init and packages", packages.Ended.Sub(upload.Ended)},
		{"5 apply the network", network.Ended.Sub(packages.Ended)},
		{"6 apply the VPN, and verify", vpn.Ended.Sub(network.Ended)},
		{"7 end of up", f.returned.Sub(vpn.Ended)},
		{"8 connect", connected},
		{"9 page", page - connected},
		{"total", f.returned.Sub(f.began) + page},
	} {
		b.Run(part.name, func(b *testing.B) { reportOnly(b, part.took.Seconds(), "s") })
	}
}

// step finds the step of the first up that created the server's resource with that end
// of its name.
func (f *fleet) step(b *testing.B, end string) stack.Step {
	b.Helper()
	at := slices.IndexFunc(f.built.Steps, func(s stack.Step) bool { return strings.HasSuffix(s.URN, "::darrell-"+region+end) })
	require.GreaterOrEqual(b, at, 0, "%s in %v", end, f.built.Steps)
	require.False(b, f.built.Steps[at].Ended.IsZero(), "the end of %s", f.built.Steps[at])
	return f.built.Steps[at]
}

// connect reports the seconds that a new client needs in each network: until the tunnel
// is up, which is noticed up to 50 ms late, and until the first page is there. Each is
// the median of three.
func (f *fleet) connect(b *testing.B) {
	anna := f.devices[0]
	for _, n := range []network{passes, far, drops, rejects} {
		b.Run(n.name, func(b *testing.B) {
			var connected, page []float64
			for range rounds {
				began := time.Now()
				n.start(b, f.devices[:1])
				connected = append(connected, time.Since(began).Seconds())
				f.requirePage(b, anna)
				page = append(page, time.Since(began).Seconds())
				anna.disconnect(b)
			}
			b.ReportMetric(median(connected), "s/connected")
			reportOnly(b, median(page), "s/page")
		})
	}
}

// requirePage fetches a page through the server.
func (f *fleet) requirePage(b *testing.B, d *device) {
	b.Helper()
	seen, err := d.Fetch(b.Context(), world.AddressPage)
	require.NoError(b, err)
	require.Equal(b, f.endpoint, strings.TrimSpace(seen))
}

// reportOnly reports a figure instead of the time of the benchmark itself.
func reportOnly(b *testing.B, value float64, unit string) {
	b.ReportMetric(value, unit)
	b.ReportMetric(0, "ns/op")
}

func median(values []float64) float64 { return slices.Sorted(slices.Values(values))[len(values)/2] }
