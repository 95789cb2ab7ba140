package templates

import (
	_ "embed"
	"net"
	"net/netip"
)

// Server is the view of OpenVPN's server configuration.
type Server struct {
	Name     string // the instance, openvpn-server@NAME
	Protocol string // "udp"
	Port     uint16
	Device   string       // the kernel's name of the server's end of the tunnel
	Subnet   netip.Prefix // IPv4
	Subnet6  netip.Prefix // IPv6, /64
	DNS      []netip.Addr // pushed to clients
	Classic  bool         // with the options of the original post

	MaxClients        int    // that may be connected or connecting
	Directory         string // certificates, their key and the files of admitted clients
	RunDirectory      string // management socket and status file
	ControlChannel    string // the option that protects it: "tls-crypt-v2"
	ControlChannelKey string // path of the key for that
	Admits            string // path of the script that refuses keys, see Admits
}

// KeyPerClient says whether each client has a control-channel key of its own.
func (s Server) KeyPerClient() bool { return s.ControlChannel == "tls-crypt-v2" }

// KeyDirection says whether the key has a direction to be named.
func (s Server) KeyDirection() bool { return hasDirection(s.ControlChannel) }

// hasDirection: with tls-auth alone the two ends have to be told apart
// (openvpn(8), --key-direction).
func hasDirection(controlChannel string) bool { return controlChannel == "tls-auth" }

//go:embed ffdhe4096.pem
var ffdhe4096 string

// DH is the group ffdhe4096 of RFC 7919, appendix A.3, as PEM. A published
// group needs no hours of computing, and others have looked at it.
func (Server) DH() string { return ffdhe4096 }

// Network is the subnet's address.
func (s Server) Network() netip.Addr { return s.Subnet.Addr() }

// Netmask is the subnet's mask in dotted form, as --server wants it.
func (s Server) Netmask() string { return netmask(s.Subnet.Bits()) }

// netmask is an IPv4 mask of that length in dotted form.
func netmask(bits int) string { return net.IP(net.CIDRMask(bits, 32)).String() }

// Render renders /etc/openvpn/server/NAME.conf.
func (s Server) Render() (string, error) {
	if err := words(s.Name, s.Protocol, s.Device, s.Directory, s.RunDirectory, s.ControlChannel, s.ControlChannelKey, s.Admits); err != nil {
		return "", err
	}
	return render("server.conf.tmpl", s)
}
