package vpn

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRecordsOfOthersAreRefused(t *testing.T) {
	settings := map[string]any{"clients": []string{"phone"}, "domain": "vpn.example.org", "zone": "example.org"}
	set := func(kind string, values ...any) map[string]any {
		var records []any
		for _, value := range values {
			records = append(records, map[string]any{"value": value})
		}
		return map[string]any{"name": "vpn.example.org.", "type": kind, "resourceRecords": records}
	}
	for name, test := range map[string]struct {
		set   map[string]any
		state string
		want  string // empty means allowed
	}{
		"another address":       {set("A", "192.0.2.1"), "", "has a record of type A already, which is not this stack's: 192.0.2.1"},
		"one address too many":  {set("A", "203.0.113.9", "192.0.2.1"), "", "192.0.2.1"},
		"an alias":              {set("A"), "", "record of type A"},
		"another name":          {set("CNAME", "example.net"), "", "record of type CNAME"},
		"one of the state":      {set("A", "192.0.2.1"), exported, ""},
		"AAAA, state has A":     {set("AAAA", "2001:db8::1"), exported, "record of type AAAA"},
		"left by a killed run":  {set("A", "203.0.113.9"), "", ""},
		"left, IPv6":            {set("AAAA", "2001:db8:1200::5"), "", ""},
		"another type of value": {set("TXT", "\"owner\""), "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			cloud, err := runProgram(t, false, settings, func(c *recorder) {
				withServer("us-east-1b")(c)
				c.state = test.state
				c.answers["aws:ec2/getInstances:getInstances"] = properties("ids", []any{"i-0123456789abcdef0"}, "ipv6Addresses", []any{"2001:db8:1200::5"})
				c.answers["aws:route53/getRecords:getRecords"] = properties("resourceRecordSets", []any{test.set})
			})
			if test.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, test.want)
			require.ErrorContains(t, err, "delete it in the hosted zone example.org, or choose another domain")
			require.Equal(t, []string{"pulumi:providers:aws"}, cloud.types())
		})
	}
}
