package templates

// LoginRecords is the view of the settings that keep files from recording logins. It has
// no variables.
type LoginRecords struct{}

// Render renders /etc/tmpfiles.d/00-tripvpn.conf.
func (l LoginRecords) Render() (string, error) { return render("loginrecords.conf.tmpl", l) }
