package templates

// Admits is the view of the script that refuses the control-channel keys of
// clients that are not admitted. It has no variables.
type Admits struct{}

// Render renders /usr/local/sbin/tripvpn-admits.
func (a Admits) Render() (string, error) { return render("admits.sh.tmpl", a) }
