package templates

import "net/netip"

// Rules is the view of the IPv4 rules.
type Rules struct {
	Subnet netip.Prefix // of the tunnel
	Port   uint16       // UDP, served by OpenVPN
}

// Device is what the kernel calls the server's end of the tunnel.
func (Rules) Device() string { return TunnelDevice }

// Render renders the rules for iptables-restore --noflush.
func (r Rules) Render() (string, error) { return render("iptables.rules.tmpl", r) }

// Rules6 is the view of the IPv6 rules.
type Rules6 struct {
	Subnet netip.Prefix // of the tunnel
	Port   uint16       // UDP, served by OpenVPN
}

// Device is what the kernel calls the server's end of the tunnel.
func (Rules6) Device() string { return TunnelDevice }

// Render renders the rules for ip6tables-restore --noflush.
func (r Rules6) Render() (string, error) { return render("ip6tables.rules.tmpl", r) }

// FirewallScript is the view of the script that loads the rules.
type FirewallScript struct{ Rules, Rules6 string } // paths

// Render renders the script.
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
