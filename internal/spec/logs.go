package spec

import "errors"

// Logs is how long a host keeps the logs of OpenVPN and SSH, which contain clients'
// addresses.
type Logs string

// Durations.
const (
	WeekOfLogs Logs = "week"
	NoLogs     Logs = "none"
)

// CheckLogs checks a duration.
func CheckLogs(l Logs) error {
	if l != WeekOfLogs && l != NoLogs {
		return errors.New("is neither week nor none")
	}
	return nil
}
