package templates

import "strings"

// UserData is the view of cloud-init's configuration for a host's first boot.
// Rendered, it is a secret.
// https://docs.cloud-init.io/en/latest/reference/modules.html#ssh and #users-and-groups
type UserData struct {
	LoginUser     string // gets the key pair's public key, and may use sudo
	HostKey       string // SSH host key, OpenSSH form
	HostPublicKey string // its public half: type and base64
}

// HostKeyLines are the key's lines, which YAML requires indented.
func (u UserData) HostKeyLines() []string {
	return strings.Split(strings.TrimSpace(u.HostKey), "\n")
}

// Render renders the cloud-config.
func (u UserData) Render() (string, error) {
	if err := words(u.LoginUser); err != nil {
		return "", err
	}
	return render("user-data.tmpl", u)
}
