package templates

// Sysctl is the view of the kernel settings. They do not vary.
type Sysctl struct{}

// Render renders /etc/sysctl.d/60-tripvpn.conf.
func (s Sysctl) Render() (string, error) { return render("sysctl.conf.tmpl", s) }
