package templates

// ServerDropIn is the view of the drop-in for the distribution's unit.
type ServerDropIn struct {
	Name            string // the instance, openvpn-server@NAME
	FirewallService string // unit that must be up first
	RunDirectory    string // the only directory that OpenVPN may write to
}

// Render renders a drop-in of openvpn-server@NAME.service.
func (s ServerDropIn) Render() (string, error) {
	if err := words(s.Name, s.FirewallService, s.RunDirectory); err != nil {
		return "", err
	}
	return render("openvpn-server.drop-in.tmpl", s)
}
