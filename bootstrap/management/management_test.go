package management

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const header = "HEADER\tCLIENT_LIST\tCommon Name\tReal Address\tVirtual Address\tVirtual IPv6 Address\tBytes Received\tBytes Sent\tConnected Since\tConnected Since (time_t)\tUsername\tClient ID\tPeer ID\tData Channel Cipher\n"

// answer is from OpenVPN 2.6.14, with two clients added: one in its handshake, and one
// that was refused.
const answer = "TITLE\tOpenVPN 2.6.14 x86_64-pc-linux-gnu\r\n" +
	"TIME\t2025-11-23 18:59:15\t1763924355\r\n" +
	header +
	"CLIENT_LIST\tlaptop\t198.51.100.2:40712\t10.8.0.2\tfd00:8::1000\t3521\t4096\t2025-11-23 18:58:01\t1763924281\tUNDEF\t7\t0\tAES-256-GCM\r\n" +
	"CLIENT_LIST\tUNDEF\t198.51.100.3:1194\t\t\t0\t0\t2025-11-23 18:59:15\t1763924355\tUNDEF\t1\t1\t[null-cipher]\r\n" +
	"CLIENT_LIST\tphone\t198.51.100.4:1194\t\t\t3310\t3652\t2025-11-23 18:59:14\t1763924354\tUNDEF\t2\t2\t[null-cipher]\r\n" +
	"HEADER\tROUTING_TABLE\tVirtual Address\tCommon Name\tReal Address\tLast Ref\tLast Ref (time_t)\r\n" +
	"ROUTING_TABLE\t10.8.0.2\tlaptop\t198.51.100.2:40712\t2025-11-23 18:59:10\t1763924350\r\n" +
	"GLOBAL_STATS\tMax bcast/mcast queue length\t0\r\n" +
	"GLOBAL_STATS\tdco_enabled\t0\r\n"

func TestParseStatus(t *testing.T) {
	clients, err := ParseStatus(answer)
	require.NoError(t, err)
	require.Equal(t, []Client{{
		ID: 7, Name: "laptop", From: "198.51.100.2:40712",
		Address: netip.MustParseAddr("10.8.0.2"), Address6: netip.MustParseAddr("fd00:8::1000"),
		BytesReceived: 3521, BytesSent: 4096, Since: time.Unix(1763924281, 0).UTC(),
	}}, clients)

	clients, err = ParseStatus(header)
	require.NoError(t, err)
	require.Empty(t, clients)
}

func TestParseStatusRejectsMalformedAnswers(t *testing.T) {
	for want, text := range map[string]string{
		"no header":                       "ERROR: bad status format version number\n",
		"has 2 fields":                    header + "CLIENT_LIST\ta\tb\n",
		"0 fields, but the header names":  header + "CLIENT_LIST\n",
		`client "laptop": strconv`:        strings.Replace(answer, "3521", "-1", 1),
		`client "laptop": ParseAddr("10.`: strings.Replace(answer, "10.8.0.2\t", "10.8.0\t", 1),
	} {
		_, err := ParseStatus(text)
		require.ErrorContains(t, err, want)
	}
}

// FuzzParseStatus: no answer causes a panic, and every client returned is connected.
func FuzzParseStatus(f *testing.F) {
	f.Add(answer)
	f.Add(header)
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		clients, err := ParseStatus(text)
		if err != nil {
			require.Nil(t, clients)
			return
		}
		require.NotNil(t, clients)
		for _, client := range clients {
			require.True(t, client.Address.IsValid() || client.Address6.IsValid())
		}
	})
}
