package templates

import (
	_ "embed"
	"net"
	"net/netip"
)

// Server is the view of OpenVPN's server configuration.
type Server struct {
	Name     string // the instance, openvpn-server@NAME
	Protocol string // "udp" or "tcp"
	Port     uint16
	Device   string       // name of the tunnel's network device on the server
	Subnet   netip.Prefix // IPv4
	Subnet6  netip.Prefix // IPv6, /64
	DNS      []netip.Addr // pushed to clients
	Classic  bool         // with the options of the original post
	Process  bool         // OpenVPN's process encrypts and decrypts, and not the kernel
	Silent   bool         // it logs only why it ended

	MaxClients        int    // limit for connected and connecting clients
	Directory         string // path of the certificates and the files of admitted clients
	Key               string // path of the certificate's key
	RunDirectory      string // path of the management socket and of temporary files
	ControlChannel    string // the option that protects it: "tls-crypt-v2"
	ControlChannelKey string // path of the key for that option
	Route             string // path of the script that leads addresses to the listener, see RouteScript
	Admits            string // path of the script that refuses keys, see Admits
}

// KeyPerClient reports whether each client has its own control-channel key.
func (s Server) KeyPerClient() bool { return s.ControlChannel == "tls-crypt-v2" }

// TCP reports whether the server uses TCP. Of the options for UDP only, OpenVPN 2.6
// ignores explicit-exit-notify and fast-io with a note (options_postprocess_mutate_ce in
// options.c, do_setup_fast_io in init.c), and force-cookie and connect-freq-initial
// without one: only mudp.c reads them.
func (s Server) TCP() bool { return s.Protocol == "tcp" }

// KeyDirection reports whether the configuration must name the key's direction.
func (s Server) KeyDirection() bool { return hasDirection(s.ControlChannel) }

// hasDirection reports whether the two ends use the key in different directions,
// as only tls-auth does here (openvpn(8), --key-direction).
func hasDirection(controlChannel string) bool { return controlChannel == "tls-auth" }

//go:embed ffdhe4096.pem
var ffdhe4096 string

// DH is the group ffdhe4096 of RFC 7919, appendix A.3, as PEM. A published group
// saves hours of computing, and others have reviewed it.
func (Server) DH() string { return ffdhe4096 }

// Network is the subnet's address.
func (s Server) Network() netip.Addr { return s.Subnet.Addr() }

// Netmask is the subnet's mask in dotted form, as --server requires it.
func (s Server) Netmask() string { return netmask(s.Subnet.Bits()) }

// netmask returns an IPv4 mask of bits bits in dotted form.
func netmask(bits int) string { return net.IP(net.CIDRMask(bits, 32)).String() }

// Render renders /etc/openvpn/server/NAME.conf.
func (s Server) Render() (string, error) {
	if err := words(s.Name, s.Protocol, s.Device, s.Directory, s.Key, s.RunDirectory, s.ControlChannel, s.ControlChannelKey, s.Route, s.Admits); err != nil {
		return "", err
	}
	return render("server.conf.tmpl", s)
}
