package vpn

import (
	"crypto/sha256"
	"encoding/binary"
	"net/netip"
	"slices"
	"strconv"

	"tripvpn/internal/spec"
)

// deviceNumbers returns a unique number in the tunnel's subnet for each device.
// The subnet must have room for all devices. A number comes from a hash of the
// device's name, so it is the same on every server, and does not change when
// other devices come and go. Only colliding names affect each other: the name
// that sorts first keeps its number, and the other uses its next hash while both
// exist. In a /16, two of ten names collide in one of 1,456 trips.
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

// hashedNumber returns a device's number at an attempt; spec.Room limits it.
func hashedNumber(name string, attempt int, subnet netip.Prefix) uint32 {
	sum := sha256.Sum256([]byte("tripvpn device " + name + "\n" + strconv.Itoa(attempt)))
	return spec.FirstNumber + uint32(binary.BigEndian.Uint64(sum[:])%uint64(spec.Room(subnet)))
}
