package templates

import (
	"net"
	"net/netip"
)

// Server is the view of OpenVPN's server configuration.
type Server struct {
	Name    string // the instance, openvpn-server@NAME
	Port    uint16
	Subnet  netip.Prefix // IPv4
	Subnet6 netip.Prefix // IPv6, /64
	DNS     []netip.Addr // pushed to clients

	Directory    string // keys, certificates and the files of admitted clients
	RunDirectory string // management socket and status file
}

// Device is what the kernel calls the server's end of the tunnel.
func (Server) Device() string { return TunnelDevice }

// Network is the subnet's address.
func (s Server) Network() netip.Addr { return s.Subnet.Addr() }

// Netmask is the subnet's mask in dotted form, as --server wants it.
func (s Server) Netmask() string { return net.IP(net.CIDRMask(s.Subnet.Bits(), 32)).String() }

// Render renders /etc/openvpn/server/NAME.conf.
func (s Server) Render() (string, error) {
	if err := words(s.Name, s.Directory, s.RunDirectory); err != nil {
		return "", err
	}
	return render("server.conf.tmpl", s)
}
