package outputs

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const valid = `{
  "darrell.ovpn": "[secret]",
  "endpoint": "203.0.113.9",
  "expires": "2026-12-25T00:00:00Z",
  "profiles": {"darrell": "0123456789abcdef", "darrell-phone": "fedcba9876543210"},
  "servers": {"us-east-1": "203.0.113.10", "eu-west-1": "203.0.113.9"}
}`

func TestParse(t *testing.T) {
	all, err := parse([]byte(valid))
	require.NoError(t, err)
	require.Equal(t, []string{"darrell", "darrell-phone"}, all.Devices())
	require.Equal(t, []string{"eu-west-1", "us-east-1"}, all.Regions())
	require.Equal(t, time.Date(2026, 12, 25, 0, 0, 0, 0, time.UTC), all.Expires)

	all, err = parse([]byte(strings.Replace(valid, "2026-12-25T00:00:00Z", "never", 1)))
	require.NoError(t, err)
	require.Zero(t, all.Expires)
}

func TestParseRejects(t *testing.T) {
	for _, test := range []struct{ old, replacement, want string }{
		{valid, "{}", `the stack has no output "profiles"; run pulumi up`},
		{valid, "error: secret", "the CLI printed no JSON object"},
		{"0123456789abcdef", "0123456789ABCDEF", `"0123456789ABCDEF" is not a fingerprint`},
		{`"darrell-phone"`, `"../darrell"`, `the device "../darrell" is not a letter or digit`},
		{"2026-12-25T00:00:00Z", "tomorrow", `the output "expires": "tomorrow" is neither a time nor "never"`},
		{`"0123456789abcdef"`, "[]", "the CLI printed no JSON object"},
	} {
		_, err := parse([]byte(strings.Replace(valid, test.old, test.replacement, 1)))
		require.ErrorContains(t, err, test.want)
		require.NotContains(t, err.Error(), "secret")
	}
}

func TestFingerprintIsThatOfSha256sum(t *testing.T) {
	require.Equal(t, "5891b5b522d5df08", Fingerprint("hello\n")) // echo hello | sha256sum
}

// FuzzParse requires that whatever is accepted is safe to use as a file's name and to
// print.
func FuzzParse(f *testing.F) {
	f.Add(valid)
	f.Add(strings.Replace(valid, "2026-12-25T00:00:00Z", "never", 1))
	f.Add(`{"profiles": {"a": null}}`)
	f.Fuzz(func(t *testing.T, text string) {
		all, err := parse([]byte(text))
		if err != nil {
			return
		}
		require.NotEmpty(t, all.Devices())
		for _, device := range all.Devices() {
			require.NotContains(t, device, "/")
			digits, err := all.fingerprintOf(device)
			require.NoError(t, err)
			require.Len(t, digits, 16)
		}
	})
}
