package ec2

import (
	"encoding/binary"
	"net/netip"
)

// parseNetwork4 reads an IPv4 network. Host bits are refused with the words of
// the provider, which looks before EC2 does.
func parseNetwork4(s string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(s)
	if err != nil || !p.Addr().Is4() {
		return netip.Prefix{}, refuse("InvalidParameterValue",
			"Value (%s) for parameter cidrBlock is invalid. This is not a valid CIDR block.", s)
	}
	if p != p.Masked() {
		return netip.Prefix{}, refuse("InvalidParameterValue",
			"%q is not a valid IPv4 CIDR block; did you mean %q?", s, p.Masked())
	}
	return p, nil
}

// parseNetwork6 is parseNetwork4 for IPv6.
func parseNetwork6(s string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(s)
	if err != nil || !p.Addr().Is6() {
		return netip.Prefix{}, refuse("InvalidParameterValue", "invalid value for parameter ipv6-cidr-block: %s", s)
	}
	if p != p.Masked() {
		return netip.Prefix{}, refuse("InvalidParameterValue",
			"%q is not a valid IPv6 CIDR block; did you mean %q?", s, p.Masked())
	}
	return p, nil
}

// within reports whether the whole of inner lies in outer.
func within(inner, outer netip.Prefix) bool {
	return outer.IsValid() && outer.Bits() <= inner.Bits() && outer.Contains(inner.Addr())
}

// nth6 is the n-th network of the given length in an IPv6 pool; the length is
// at most 64.
func nth6(pool netip.Prefix, length int, n uint64) netip.Prefix {
	b := pool.Masked().Addr().As16()
	high := binary.BigEndian.Uint64(b[:8]) + n<<(64-length)
	binary.BigEndian.PutUint64(b[:8], high)
	return netip.PrefixFrom(netip.AddrFrom16(b), length)
}
