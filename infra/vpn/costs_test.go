package vpn

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTheLineOfCosts(t *testing.T) {
	now := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	lastMidnight := time.Date(2026, 12, 5, 0, 0, 0, 0, time.UTC)
	instance, address, disk := quote{name: "the instance type t4g.nano", usd: 4.38}, quote{name: "the public IPv4 address", usd: 2.19}, quote{name: "the disk", usd: 0.73}
	traffic := quote{name: "100 GB of traffic to the Internet", usd: 9}
	unknown := func(q quote, reason string) quote { return quote{name: q.name, unknown: reason} }
	for name, c := range map[string]struct {
		fixed   []quote
		traffic quote
		until   time.Time
		want    string
	}{
		"all known": {[]quote{instance, address, disk}, traffic, time.Time{},
			"us-east-1: 0.24 USD a day, 7.30 USD a month; 100 GB of traffic to the Internet 9.00 USD; before taxes"},
		"a last day, three and a half days away": {[]quote{instance, address, disk}, traffic, lastMidnight,
			"us-east-1: 0.24 USD a day, 7.30 USD a month, 0.84 USD until 2026-12-04; 100 GB of traffic to the Internet 9.00 USD; before taxes"},
		"no instance type": {[]quote{unknown(instance, "no entry"), address, disk}, traffic, lastMidnight,
			"us-east-1: the price of the instance type t4g.nano is not known (no entry); " +
				"the rest of the server 0.10 USD a day, 2.92 USD a month, 0.34 USD until 2026-12-04; " +
				"100 GB of traffic to the Internet 9.00 USD; before taxes"},
		"no traffic": {[]quote{instance, address, disk}, unknown(traffic, "no entry"), time.Time{},
			"us-east-1: 0.24 USD a day, 7.30 USD a month; the price of 100 GB of traffic to the Internet is not known (no entry); before taxes"},
		"nothing but traffic": {[]quote{unknown(instance, "no entry"), unknown(address, "no entry"), unknown(disk, "no answer")}, traffic, time.Time{},
			"us-east-1: the price of the instance type t4g.nano is not known (no entry); the price of the public IPv4 address is not known (no entry); " +
				"the price of the disk is not known (no answer); 100 GB of traffic to the Internet 9.00 USD; before taxes"},
		"nothing": {[]quote{unknown(instance, "denied"), unknown(address, "denied"), unknown(disk, "denied")}, unknown(traffic, "denied"), lastMidnight,
			"us-east-1: the prices are not known (denied)"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, costs{"us-east-1", c.fixed, c.traffic}.line(now, c.until))
		})
	}
}
