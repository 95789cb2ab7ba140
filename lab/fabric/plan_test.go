package fabric

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestPlanDoesNotOverlap walks over all that the plan can hand out.
func TestPlanDoesNotOverlap(t *testing.T) {
	networks := []netip.Prefix{
		operatorGateway.Masked(), operatorGateway6.Masked(),
		netip.PrefixFrom(Web, 32), netip.PrefixFrom(Web6, 128),
		netip.PrefixFrom(DNS, 32), netip.PrefixFrom(DNS6, 128), netip.PrefixFrom(PackageProxy.Addr(), 32),
	}
	cable := func(link uplink) netip.Prefix {
		p := netip.PrefixFrom(link.backbone, 31)
		require.Equal(t, p, p.Masked())
		require.True(t, p.Contains(link.router))
		return p
	}
	for n := range maxRegions {
		a := regionAddresses(n)
		networks = append(networks, a.Elastic, a.IPv6, cable(regionUplink(n)))
	}
	for n := range maxTravellers {
		h := travellerHost(n, "x")
		require.True(t, h.Gateway.Contains(h.Address))
		require.True(t, h.Gateway6.Contains(h.Address6))
		networks = append(networks, h.Gateway.Masked(), h.Gateway6.Masked(), cable(accessUplink(n)))
	}
	for i, a := range networks {
		require.Equal(t, a.Masked(), a)
		require.True(t, documentation(a), "%s is not set aside for documentation", a)
		for _, b := range networks[:i] {
			require.False(t, a.Overlaps(b), "%s overlaps %s", a, b)
		}
	}
}

func documentation(p netip.Prefix) bool {
	for _, block := range []string{"192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"} {
		if b := netip.MustParsePrefix(block); b.Contains(p.Addr()) && b.Bits() <= p.Bits() {
			return true
		}
	}
	return false
}

func TestAddressesStay(t *testing.T) {
	f := New()
	first, err := f.Addresses("eu-central-1")
	require.NoError(t, err)
	second, err := f.Addresses("us-east-1")
	require.NoError(t, err)
	again, err := f.Addresses("eu-central-1")
	require.NoError(t, err)

	require.Equal(t, Addresses{netip.MustParsePrefix("203.0.113.0/28"), netip.MustParsePrefix("2001:db8:100::/40")}, first)
	require.Equal(t, Addresses{netip.MustParsePrefix("203.0.113.16/28"), netip.MustParsePrefix("2001:db8:200::/40")}, second)
	require.Equal(t, first, again)
}

func TestSlots(t *testing.T) {
	s := newSlots("region", 2)
	a, err := s.take("a")
	require.NoError(t, err)
	b, err := s.take("b")
	require.NoError(t, err)
	require.NotEqual(t, a, b)

	_, err = s.take("c")
	require.EqualError(t, err, `making room for region "c": the lab's address plan holds 2, and all are taken`)

	s.free("a")
	c, err := s.take("c")
	require.NoError(t, err)
	require.Equal(t, a, c)
}
