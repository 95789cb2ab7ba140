package spec_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/spec"
)

func TestAddresses(t *testing.T) {
	for subnet, want := range map[string]struct {
		number   uint32
		address4 string
		address6 string
		room     int
	}{
		"10.8.0.0/16":     {0x1234, "10.8.18.52", "fd00:8::1234", 65533},
		"192.168.4.16/28": {14, "192.168.4.30", "fd00:8::e", 13},
	} {
		l := spec.Listener{Subnet: netip.MustParsePrefix(subnet), Subnet6: netip.MustParsePrefix("fd00:8::/64")}
		address4, address6 := l.Addresses(want.number)
		require.Equal(t, want.address4, address4.String())
		require.Equal(t, want.address6, address6.String())
		require.Equal(t, want.room, spec.Room(l.Subnet))
	}
}
