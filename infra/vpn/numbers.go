package vpn

import (
	"crypto/sha256"
	"encoding/binary"
	"net/netip"
	"slices"
	"strconv"

	"tripvpn/internal/spec"
)

// deviceNumbers gives each device a number of its own in the tunnel's subnet,
// which has to have room for all of them. A number comes from a hash of the
// device's name, so it is the same on every server, and stays the same when
// other devices come and go. Only two names with the same hash depend on each
// other: the one that sorts first keeps its number, and the other takes its next
// hash for as long as both are there. In a /16, of ten names two meet once in
// 1,456 trips.
func deviceNumbers(names []string, subnet netip.Prefix) map[string]uint32 {
	numbers, taken := map[string]uint32{}, map[uint32]bool{}
	for _, name := range slices.Sorted(slices.Values(names)) {
		number := hashedNumber(name, 0, subnet)
		for attempt := 1; taken[number]; attempt++ {
			number = hashedNumber(name, attempt, subnet)
		}
		numbers[name], taken[number] = number, true
	}
	return numbers
}

// hashedNumber is a device's number at an attempt, see spec.Room.
func hashedNumber(name string, attempt int, subnet netip.Prefix) uint32 {
	sum := sha256.Sum256([]byte("tripvpn device " + name + "\n" + strconv.Itoa(attempt)))
	return spec.FirstNumber + uint32(binary.BigEndian.Uint64(sum[:])%uint64(spec.Room(subnet)))
}
