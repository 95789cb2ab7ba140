package templates

import "fmt"

// Updates is the view of apt's settings for unattended updates.
type Updates struct {
	Restart string // path of the script that restarts servers, see RestartScript
}

// Render renders /etc/apt/apt.conf.d/60tripvpn.
func (u Updates) Render() (string, error) {
	if err := words(u.Restart); err != nil {
		return "", err
	}
	return render("updates.conf.tmpl", u)
}

// RestartScript is the view of the script that restarts servers after an update. It has
// no variables.
type RestartScript struct{}

// Render renders /usr/local/sbin/tripvpn-restart.
func (r RestartScript) Render() (string, error) { return render("restart.sh.tmpl", r) }

// UpdateTimer is the view of a drop-in for one of apt's two timers: of the one that gets
// the lists of packages, or, twenty minutes later, of the one that installs updates, and
// reboots if that is required.
type UpdateTimer struct {
	Hour    int // UTC
	Reboots bool
}

// What says what the timer does.
func (u UpdateTimer) What() string {
	if u.Reboots {
		return "installed"
	}
	return "looked for"
}

// At is the time of day in the form of systemd.time(7).
func (u UpdateTimer) At() string {
	if u.Reboots {
		return fmt.Sprintf("%02d:20", u.Hour)
	}
	return fmt.Sprintf("%02d:00", u.Hour)
}

// Render renders apt-daily.timer.d/tripvpn.conf or apt-daily-upgrade.timer.d/tripvpn.conf.
func (u UpdateTimer) Render() (string, error) { return render("updates.timer.tmpl", u) }
