package site

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/cloud/ec2"
)

func TestNetworkOfAVirtualMachine(t *testing.T) {
	m := ec2.Machine{
		Gateway: netip.MustParsePrefix("10.86.0.1/24"), Address: netip.MustParseAddr("10.86.0.10"),
		Gateway6: netip.MustParsePrefix("2001:db8::1/64"), Address6: netip.MustParseAddr("2001:db8::a"),
	}
	require.Equal(t, "0a:ff:0a:56:00:0a", cardOf(m))
	text, err := networkOf(m, cardOf(m))
	require.NoError(t, err)
	require.JSONEq(t, `{"version": 2, "ethernets": {"ens5": {
		"match": {"macaddress": "0a:ff:0a:56:00:0a"}, "set-name": "ens5", "mtu": 9001, "accept-ra": false,
		"addresses": ["10.86.0.10/24", "2001:db8::a/128"],
		"routes": [
			{"to": "0.0.0.0/0", "via": "10.86.0.1"},
			{"to": "2001:db8::1/128", "scope": "link"},
			{"to": "::/0", "via": "2001:db8::1", "on-link": true}
		]}}}`, text)

	m.Gateway6, m.Address6 = netip.Prefix{}, netip.Addr{}
	text, err = networkOf(m, cardOf(m))
	require.NoError(t, err)
	require.NotContains(t, text, "::")
}
