package templates

// Sysctl is the view of the kernel settings. It has no variables.
type Sysctl struct{}

// Render renders /etc/sysctl.d/60-tripvpn.conf.
func (s Sysctl) Render() (string, error) { return render("sysctl.conf.tmpl", s) }
