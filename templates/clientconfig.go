package templates

import "net/netip"

// ClientConfig is the view of the file that admits a client to a server and
// assigns its addresses.
type ClientConfig struct {
	Address  netip.Prefix // IPv4, with the length of the tunnel's subnet
	Address6 netip.Prefix // IPv6, likewise
}

// Netmask is the subnet's mask in dotted form, as --ifconfig-push requires it.
func (c ClientConfig) Netmask() string { return netmask(c.Address.Bits()) }

// Render renders /etc/openvpn/server/NAME/clients/CLIENT.
func (c ClientConfig) Render() (string, error) { return render("clientconfig.tmpl", c) }
