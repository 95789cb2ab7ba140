package vpn

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/infra/config"
	"tripvpn/internal/spec"
)

func deviceNames(count int) []string {
	var names []string
	for n := range count {
		names = append(names, fmt.Sprintf("device-%d", n))
	}
	return names
}

// These are the numbers of existing devices in the default subnet: a change would
// renumber every device.
func TestDeviceNumbersNeverChange(t *testing.T) {
	subnet := netip.MustParsePrefix(config.Defaults().Subnet)
	require.Equal(t, map[string]uint32{"darrell": 58758, "darrell-phone": 34469}, deviceNumbers([]string{"darrell", "darrell-phone"}, subnet))
}

func TestDevicesHaveDistinctNumbers(t *testing.T) {
	for subnet, count := range map[string]int{config.Defaults().Subnet: 250, "10.8.0.0/28": 13, "10.8.0.0/24": 250} {
		p := netip.MustParsePrefix(subnet)
		owners := map[uint32]string{}
		for name, number := range deviceNumbers(deviceNames(count), p) {
			require.NotContains(t, owners, number, "of %s and %s", owners[number], name)
			require.GreaterOrEqual(t, number, uint32(spec.FirstNumber))
			require.Less(t, number, uint32(spec.FirstNumber+spec.Room(p)))
			owners[number] = name
		}
		require.Len(t, owners, count)
	}
}

func TestDevicesKeepTheirNumbers(t *testing.T) {
	subnet := netip.MustParsePrefix(config.Defaults().Subnet)
	names := deviceNames(250)
	all := deviceNumbers(names, subnet)
	reversed := slices.Clone(names)
	slices.Reverse(reversed)
	require.Equal(t, all, deviceNumbers(reversed, subnet), "the order of the list does not matter")
	for i, dropped := range names {
		for name, number := range deviceNumbers(slices.Delete(slices.Clone(names), i, i+1), subnet) {
			if all[name] != number {
				// It collided with the dropped one, and now has its first number.
				require.Equal(t, all[dropped], number)
				require.Equal(t, hashedNumber(name, 0, subnet), number)
			}
		}
	}
}

// Of two colliding names, the one that sorts first keeps its number, whether or
// not the other exists.
func TestCollidingNames(t *testing.T) {
	subnet := netip.MustParsePrefix("10.8.0.0/28")
	first, second := colliding(t, subnet)
	alone := deviceNumbers([]string{first}, subnet)
	both := deviceNumbers([]string{second, first}, subnet)
	require.Equal(t, alone[first], both[first])
	require.NotEqual(t, both[first], both[second])
	require.Equal(t, alone[first], deviceNumbers([]string{second}, subnet)[second])
}

// colliding returns two names with the same first number, in order.
func colliding(t *testing.T, subnet netip.Prefix) (first, second string) {
	t.Helper()
	seen := map[uint32]string{}
	for _, name := range slices.Sorted(slices.Values(deviceNames(100))) {
		number := hashedNumber(name, 0, subnet)
		if other, collides := seen[number]; collides {
			return other, name
		}
		seen[number] = name
	}
	t.Fatal("no two names collide")
	return "", ""
}

func TestEachTripHasItsOwnUniqueLocalNetwork(t *testing.T) {
	subnet := func(seed string) netip.Prefix {
		p, err := uniqueLocalNetwork([]byte(strings.Repeat(seed, 32)))
		require.NoError(t, err)
		return p
	}
	a, b := subnet("a"), subnet("b")
	require.NotEqual(t, a, b)
	require.Equal(t, a, subnet("a"))
	require.Equal(t, a, a.Masked())
	require.Equal(t, 48, a.Bits())
	require.True(t, netip.MustParsePrefix("fd00::/8").Contains(a.Addr()))
}
