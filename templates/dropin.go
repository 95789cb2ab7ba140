package templates

// ServerDropIn is the view of the drop-in for the distribution's unit.
type ServerDropIn struct {
	Name             string // the instance, openvpn-server@NAME
	FirewallService  string // unit that must be up first
	Directory        string // path of the keys
	RuntimeDirectory string // below /run, the only directory that OpenVPN may write to
	ConfigDirectory  string // path of our own files, which OpenVPN may not read
	Route, Admits    string // paths of the scripts that OpenVPN runs
	LowPort          bool   // the port is below 1024
	Silent           bool   // OpenVPN logs only why it ended
	MemoryMax        int    // limit of memory, in bytes
	LogLines         int    // limit of lines in half a minute, before what journald adds
}

// Capabilities are those that OpenVPN has: capabilities(7).
func (s ServerDropIn) Capabilities() string {
	if s.LowPort {
		return "CAP_NET_ADMIN CAP_NET_BIND_SERVICE"
	}
	return "CAP_NET_ADMIN"
}

// Render renders a drop-in of openvpn-server@NAME.service.
func (s ServerDropIn) Render() (string, error) {
	if err := words(s.Name, s.FirewallService, s.Directory, s.RuntimeDirectory, s.ConfigDirectory, s.Route, s.Admits); err != nil {
		return "", err
	}
	return render("openvpn-server.drop-in.tmpl", s)
}
