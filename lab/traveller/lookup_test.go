package traveller

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestStreams(t *testing.T) {
	found, err := streams("2001:db8::1     STREAM vpn.example.org\n2001:db8::1     DGRAM  \n2001:db8::1     RAW    \n" +
		"203.0.113.16    STREAM \n203.0.113.16    DGRAM  \n203.0.113.16    RAW    \n")
	require.NoError(t, err)
	require.Equal(t, []netip.Addr{netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("203.0.113.16")}, found)
	_, err = streams("nonsense STREAM\n")
	require.ErrorContains(t, err, "reading getent's")
}
