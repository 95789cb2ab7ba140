package vpn

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/infra/config"
)

func prefixes(texts ...string) []netip.Prefix {
	var all []netip.Prefix
	for _, text := range texts {
		all = append(all, netip.MustParsePrefix(text))
	}
	return all
}

func TestTunnelRoutes(t *testing.T) {
	resolvers := []netip.Addr{netip.MustParseAddr("9.9.9.9"), netip.MustParseAddr("2620:fe::fe")}
	for name, c := range map[string]struct {
		setting config.Routes
		servers []netip.Prefix
		want    []netip.Prefix
	}{
		"everything": {want: prefixes("0.0.0.0/1", "128.0.0.0/1", "::/1", "8000::/1")},
		"some networks, with the resolvers": {
			setting: config.Routes{Only: prefixes("198.51.100.0/24", "2001:db8::/32")},
			want:    prefixes("9.9.9.9/32", "198.51.100.0/24", "2001:db8::/32", "2620:fe::fe/128"),
		},
		"a server in one of them": {
			setting: config.Routes{Only: prefixes("198.51.100.0/30")},
			servers: prefixes("198.51.100.1/32"),
			want:    prefixes("9.9.9.9/32", "198.51.100.0/32", "198.51.100.2/31", "2620:fe::fe/128"),
		},
		"a part of a network is excepted": {
			setting: config.Routes{Only: prefixes("198.51.100.0/24"), Except: prefixes("198.51.100.128/25")},
			want:    prefixes("9.9.9.9/32", "198.51.100.0/25", "2620:fe::fe/128"),
		},
		"an exception contains a resolver": {
			setting: config.Routes{Only: prefixes("8.0.0.0/7"), Except: prefixes("9.0.0.0/8")},
			want:    prefixes("8.0.0.0/8", "9.9.9.9/32", "2620:fe::fe/128"),
		},
		"everything but half of both": {
			setting: config.Routes{Except: prefixes("128.0.0.0/1", "::/1")},
			want:    prefixes("0.0.0.0/1", "2620:fe::fe/128", "8000::/1"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := tunnelRoutes(c.setting, resolvers, c.servers)
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
}

// Servers of several regions are never inside the tunnel, and everything else is.
func TestTunnelRoutesLeaveOutTheServers(t *testing.T) {
	for range 100 {
		var servers []netip.Prefix
		for range 1 + rand.IntN(4) {
			v4 := netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, rand.Uint32())))
			v6 := netip.AddrFrom16([16]byte(binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, rand.Uint64()), 0)))
			servers = append(servers, netip.PrefixFrom(v4, 32), netip.PrefixFrom(v6, vpcBits6).Masked())
		}
		routes, err := tunnelRoutes(config.Routes{}, nil, servers)
		require.NoError(t, err)
		// In units of a 2^-32 part of IPv4, and of a 2^-56 part of IPv6.
		size, size6 := uint64(0), uint64(0)
		for i, route := range routes {
			for _, server := range servers {
				require.False(t, route.Overlaps(server), "%s overlaps %s", route, server)
			}
			for _, other := range routes[:i] {
				require.False(t, route.Overlaps(other), "%s overlaps %s", route, other)
			}
			if route.Addr().Is4() {
				size += 1 << (32 - route.Bits())
			} else {
				size6 += 1 << (vpcBits6 - route.Bits())
			}
		}
		require.EqualValues(t, 1<<32-len(servers)/2, size)
		require.EqualValues(t, 1<<vpcBits6-len(servers)/2, size6)
	}
}
