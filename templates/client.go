package templates

// Client is a device's profile, complete in one file. The PEM fields end in a
// newline, and the rendered profile is a secret.
type Client struct {
	ServerName        string   // common name of the server's leaf
	Remotes           []string // addresses or a name, in the order in which they are tried
	Port              uint16   // UDP
	Named             bool     // the remote is a name, whose address may change
	Classic           bool     // with the options of the original post
	CA                string   // PEM: the root alone, the server sends the rest
	Certificate       string   // PEM: the client's leaf
	Key               string   // PEM: its private key
	ControlChannel    string   // the option that protects it: "tls-crypt-v2"
	ControlChannelKey string   // the client's key for that, as OpenVPN reads it
}

// KeyDirection says whether the key has a direction to be named.
func (c Client) KeyDirection() bool { return hasDirection(c.ControlChannel) }

// Bypasses are the addresses that have to be reached beside the tunnel. The one
// that is connected to is without being told; of several, the others have to
// be, since they are tried while the tunnel stays.
func (c Client) Bypasses() []string {
	if len(c.Remotes) < 2 {
		return nil
	}
	return c.Remotes
}

// Render writes the profile.
func (c Client) Render() (string, error) {
	if err := words(append(c.Remotes, c.ServerName, c.ControlChannel)...); err != nil {
		return "", err
	}
	return render("client.ovpn.tmpl", c)
}
