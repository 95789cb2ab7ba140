package templates

import "net/netip"

// Client is a device's profile, complete in one file. The PEM fields end in a
// newline, and the rendered profile is a secret.
type Client struct {
	ServerName        string   // common name of the server's leaf
	Remotes           []Remote // in the order in which they are tried
	Named             bool     // the remotes' host is a name, whose address may change
	Split             bool     // only Routes go through the tunnel
	Routes            []Route  // networks that go through the tunnel; with a name, only if Split
	Classic           bool     // with the options of the original post
	CA                string   // PEM: only the root; the server sends the rest
	Certificate       string   // PEM: the client's leaf
	Key               string   // PEM: its private key
	ControlChannel    string   // the option that protects it: "tls-crypt-v2"
	ControlChannelKey string   // the client's key for that option, as OpenVPN reads it
}

// KeyDirection reports whether the profile must name the key's direction.
func (c Client) KeyDirection() bool { return hasDirection(c.ControlChannel) }

// Remote is a port of a server.
type Remote struct {
	Host     string // an address or a name
	Port     uint16
	Protocol string // "udp"
}

// Redirect reports whether the client itself finds the routes for everything except
// the servers.
func (c Client) Redirect() bool { return c.Named && !c.Split }

// Route is a network.
type Route struct{ netip.Prefix }

// NewRoutes returns the networks as routes.
func NewRoutes(networks []netip.Prefix) []Route {
	var routes []Route
	for _, network := range networks {
		routes = append(routes, Route{network})
	}
	return routes
}

// Option is the option that adds the route: IPv4 requires a mask in dotted form.
func (r Route) Option() string {
	if r.Addr().Is4() {
		return "route " + r.Addr().String() + " " + netmask(r.Bits())
	}
	return "route-ipv6 " + r.String()
}

// Render renders the profile.
func (c Client) Render() (string, error) {
	values := []string{c.ServerName, c.ControlChannel}
	for _, remote := range c.Remotes {
		values = append(values, remote.Host, remote.Protocol)
	}
	if err := words(values...); err != nil {
		return "", err
	}
	return render("client.ovpn.tmpl", c)
}
