package templates

import "net/netip"

// Tunnel is a tunnel behind the firewall, and the port that its clients connect to.
type Tunnel struct {
	Device   string       // name of the server's network device
	Subnet   netip.Prefix // of the rules' address family
	Protocol string       // of the port: "udp" or "tcp"
	Port     uint16       // OpenVPN's
}

// TCP reports whether clients connect over TCP.
func (t Tunnel) TCP() bool { return t.Protocol == "tcp" }

// Rules is the view of the IPv4 rules.
type Rules struct{ Tunnels []Tunnel }

// Render renders the rules for iptables-restore --noflush.
func (r Rules) Render() (string, error) { return renderRules("iptables.rules.tmpl", r.Tunnels, r) }

// Rules6 is the view of the IPv6 rules.
type Rules6 struct {
	Tunnels []Tunnel
	Forward bool // otherwise clients get an error at once for all that they send
}

// Render renders the rules for ip6tables-restore --noflush.
func (r Rules6) Render() (string, error) { return renderRules("ip6tables.rules.tmpl", r.Tunnels, r) }

func renderRules(file string, tunnels []Tunnel, view any) (string, error) {
	for _, t := range tunnels {
		if err := words(t.Device, t.Protocol); err != nil {
			return "", err
		}
	}
	return render(file, view)
}

// FirewallScript is the view of the script that loads the rules.
type FirewallScript struct{ Rules, Rules6 string } // paths

// Render renders /usr/local/sbin/tripvpn-firewall.
func (f FirewallScript) Render() (string, error) {
	if err := words(f.Rules, f.Rules6); err != nil {
		return "", err
	}
	return render("firewall.sh.tmpl", f)
}

// FirewallService is the view of the unit that runs the script.
type FirewallService struct{ Script string } // path

// Render renders tripvpn-firewall.service.
func (f FirewallService) Render() (string, error) {
	if err := words(f.Script); err != nil {
		return "", err
	}
	return render("firewall.service.tmpl", f)
}
