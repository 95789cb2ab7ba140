package templates

import "time"

// EndTimer is the view of the timer that ends the host.
type EndTimer struct{ Until time.Time }

// At is the instant in the form of systemd.time(7).
func (e EndTimer) At() string { return e.Until.UTC().Format("2006-01-02 15:04:05 UTC") }

// Render renders tripvpn-end.timer.
func (e EndTimer) Render() (string, error) { return render("end.timer.tmpl", e) }

// EndService is the view of what the timer starts. It does not vary.
type EndService struct{}

// Render renders tripvpn-end.service.
func (e EndService) Render() (string, error) { return render("end.service.tmpl", e) }
