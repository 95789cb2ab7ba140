package vpn

import (
	"crypto/hkdf"
	"crypto/sha512"
	"fmt"
	"net/netip"
)

// uniqueLocalNetwork gives each trip an IPv6 network of its own: the global ID of
// a unique local prefix (RFC 4193, section 3.2), derived from the trip's secret
// seed with HKDF-SHA-512 (RFC 5869), so that nobody can derive it from the trip's
// name. It is a /48, and reveals nothing about the seed.
func uniqueLocalNetwork(seed []byte) (netip.Prefix, error) {
	id, err := hkdf.Key(sha512.New, seed, nil, "tripvpn unique local subnet", 5)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("deriving the tunnel's IPv6 network: %w", err)
	}
	address := [16]byte{0xfd}
	copy(address[1:], id)
	return netip.PrefixFrom(netip.AddrFrom16(address), 48), nil
}
