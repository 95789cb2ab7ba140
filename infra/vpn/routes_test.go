package vpn

import (
	"encoding/binary"
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEverythingBut(t *testing.T) {
	require.Len(t, everythingBut([]netip.Addr{netip.MustParseAddr("203.0.113.9")}), 32)
	for range 100 {
		excluded := map[netip.Addr]bool{}
		for range 1 + rand.IntN(4) {
			excluded[addressOf(rand.Uint32())] = true
		}
		networks := everythingBut(slices.Collect(maps.Keys(excluded)))
		// Disjoint and in order, and together all of IPv4 except the excluded.
		size, next := uint64(0), uint64(0)
		for _, network := range networks {
			require.Equal(t, network, network.Masked())
			first := network.Addr().As4()
			from := uint64(binary.BigEndian.Uint32(first[:]))
			require.GreaterOrEqual(t, from, next)
			size, next = size+1<<(32-network.Bits()), from+1<<(32-network.Bits())
			for address := range excluded {
				require.False(t, network.Contains(address), "%s is in %s", address, network)
			}
		}
		require.EqualValues(t, 1<<32-len(excluded), size, "%v", excluded)
		require.LessOrEqual(t, len(networks), 32+31*(len(excluded)-1))
	}
}

func addressOf(n uint32) netip.Addr {
	return netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, n)))
}
