package vpn

import (
	"crypto/hkdf"
	"crypto/sha512"
	"fmt"
	"net/netip"
)

// uniqueLocalNetwork returns the trip's IPv6 network, a unique local /48. Its
// global ID (RFC 4193, section 3.2) is derived from the trip's secret seed with
// HKDF-SHA-512 (RFC 5869). So nobody can derive it from the trip's name, and it
// reveals nothing about the seed.
func uniqueLocalNetwork(seed []byte) (netip.Prefix, error) {
	id, err := hkdf.Key(sha512.New, seed, nil, "tripvpn unique local subnet", 5)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("deriving the tunnel's IPv6 network: %w", err)
	}
	address := [16]byte{0xfd}
	copy(address[1:], id)
	return netip.PrefixFrom(netip.AddrFrom16(address), 48), nil
}
