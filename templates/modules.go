package templates

// Modules is the view of the list of kernel modules. It has no variables.
type Modules struct{}

// Render renders /etc/modules-load.d/tripvpn.conf.
func (m Modules) Render() (string, error) { return render("modules.conf.tmpl", m) }
