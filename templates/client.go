package templates

// Client is a device's profile, complete in one file. The PEM fields end in a
// newline, and the rendered profile is a secret.
type Client struct {
	ServerName        string   // common name of the server's leaf
	Remotes           []Remote // servers, in the order in which they are tried
	Classic           bool     // with the options of the original post
	CA                string   // PEM: the root alone, the server sends the rest
	Certificate       string   // PEM: the client's leaf
	Key               string   // PEM: its private key
	ControlChannel    string   // the option that protects it: "tls-crypt-v2"
	ControlChannelKey string   // the client's key for that, as OpenVPN reads it
}

// KeyDirection says whether the key has a direction to be named.
func (c Client) KeyDirection() bool { return hasDirection(c.ControlChannel) }

// Remote is one server.
type Remote struct {
	Host string // address or name
	Port uint16 // UDP
}

// Render writes the profile.
func (c Client) Render() (string, error) {
	names := []string{c.ServerName, c.ControlChannel}
	for _, remote := range c.Remotes {
		names = append(names, remote.Host)
	}
	if err := words(names...); err != nil {
		return "", err
	}
	return render("client.ovpn.tmpl", c)
}
