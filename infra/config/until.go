package config

import (
	"fmt"
	"time"
)

const (
	dateForm = "2006-01-02"

	// endNotice is the time before a trip's end at which warnings begin.
	endNotice = 7 * 24 * time.Hour

	// maxYears is how far ahead the last day may be. A later one is probably a
	// typing error.
	maxYears = 5
)

// end parses the trip's last day and returns the instant at which it is over, in
// UTC; zero if there is none. It rejects a past day: the servers have terminated
// themselves, and the operator must choose between a later day and the end.
func (p *Problems) until(day string, now time.Time) time.Time {
	if day == "" {
		return time.Time{}
	}
	later := Set("until", laterDay(now))
	date, err := time.Parse(dateForm, day)
	end := date.AddDate(0, 0, 1)
	switch {
	case err != nil:
		p.Add("until", day, "is not a date of the form YYYY-MM-DD, the last day of the trip in UTC", later)
	case end.After(now.AddDate(maxYears, 0, 0)):
		p.Add("until", day, fmt.Sprintf("is more than %d years ahead", maxYears), later)
	case !now.Before(end):
		p.Add("until", day, "is over, and the servers have terminated themselves",
			fmt.Sprintf("set a later day, which builds a new server for the same profiles: %s && pulumi up; or end the trip: pulumi destroy", later))
	}
	return end
}

// laterDay returns an example of a later last day: two weeks from now.
func laterDay(now time.Time) string { return now.UTC().AddDate(0, 0, 14).Format(dateForm) }

// EndWarning returns a warning of the trip's end. It is empty until endNotice
// before the end, and for a trip without an end.
func (c Config) EndWarning(now time.Time) string {
	left := c.Until.Sub(now)
	if c.Until.IsZero() || left > endNotice {
		return ""
	}
	return fmt.Sprintf("the trip ends in %d hours, at %s: its servers terminate themselves then; to set a later end: %s && pulumi up",
		int(left.Hours()), c.Until.Format(time.RFC3339), Set("until", laterDay(now)))
}

// Expires returns the end of the trip (RFC 3339), or "never".
func (c Config) Expires() string {
	if c.Until.IsZero() {
		return "never"
	}
	return c.Until.Format(time.RFC3339)
}
