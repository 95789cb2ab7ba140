package templates

import "time"

// EndTimer is the view of the timer that shuts the host down.
type EndTimer struct{ Until time.Time }

// At is Until in the form of systemd.time(7).
func (e EndTimer) At() string { return e.Until.UTC().Format("2006-01-02 15:04:05 UTC") }

// Render renders tripvpn-end.timer.
func (e EndTimer) Render() (string, error) { return render("end.timer.tmpl", e) }

// EndService is the view of the service that the timer starts. It has no variables.
type EndService struct{}

// Render renders tripvpn-end.service.
func (e EndService) Render() (string, error) { return render("end.service.tmpl", e) }
