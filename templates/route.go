package templates

// RouteScript is the view of the script that leads the addresses of devices to the
// listeners that they are connected to. It has no variables.
type RouteScript struct{}

// Render renders /usr/local/sbin/tripvpn-route.
func (r RouteScript) Render() (string, error) { return render("route.sh.tmpl", r) }
