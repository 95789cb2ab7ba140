package config

import (
	"fmt"
	"time"
)

const (
	dateForm = "2006-01-02"

	// endNotice is the time before a trip's end at which warnings begin.
	endNotice = 7 * 24 * time.Hour

	// maxYears is the furthest that a last day makes sense. A later one is a
	// typing error.
	maxYears = 5
)

// end reads the trip's last day and returns the instant at which it is over, in
// UTC; the zero value if there is none. A day in the past is refused: its server
// has ended itself, and the operator has to decide what comes next.
func (p *Problems) end(day string, now time.Time) time.Time {
	if day == "" {
		return time.Time{}
	}
	later := Set("until", laterDay(now))
	date, err := time.Parse(dateForm, day)
	end := date.AddDate(0, 0, 1)
	switch {
	case err != nil:
		p.Add("until", day, "is not a date; write the last day of the trip, which ends with it, in UTC", later)
	case end.After(now.AddDate(maxYears, 0, 0)):
		p.Add("until", day, fmt.Sprintf("is more than %d years ahead", maxYears), later)
	case !now.Before(end):
		p.Add("until", day, "is over, and the servers have ended themselves",
			fmt.Sprintf("set a later day, which builds a new server for the same profiles: %s && pulumi up; or end the trip: pulumi destroy", later))
	}
	return end
}

// laterDay is an example of one.
func laterDay(now time.Time) string { return now.UTC().AddDate(0, 0, 14).Format(dateForm) }

// EndWarning warns of the end of the trip. It is empty while there is time, and
// if there is no end.
func (c Config) EndWarning(now time.Time) string {
	left := c.End.Sub(now)
	if c.End.IsZero() || left > endNotice {
		return ""
	}
	return fmt.Sprintf("the trip ends in %d hours, at %s: its servers terminate themselves then; to set a later end: %s && pulumi up",
		int(left.Hours()), c.End.Format(time.RFC3339), Set("until", laterDay(now)))
}

// Expires is the end of the trip as an output.
func (c Config) Expires() string {
	if c.End.IsZero() {
		return "never"
	}
	return c.End.Format(time.RFC3339)
}
