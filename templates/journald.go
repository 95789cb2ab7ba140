package templates

// Journal is the view of journald's configuration.
type Journal struct {
	None bool // logs are kept in memory only
}

// Render renders /etc/systemd/journald.conf.d/60-tripvpn.conf.
func (j Journal) Render() (string, error) { return render("journald.conf.tmpl", j) }
