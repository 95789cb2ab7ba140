package templates

// SSHD is the view of the SSH server's configuration.
type SSHD struct {
	LoginUser string // the only one who may log in
	Silent    bool   // it logs only why it ended
}

// Render renders /etc/ssh/sshd_config.d/00-tripvpn.conf.
func (s SSHD) Render() (string, error) {
	if err := words(s.LoginUser); err != nil {
		return "", err
	}
	return render("sshd.conf.tmpl", s)
}
