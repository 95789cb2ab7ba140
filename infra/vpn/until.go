package vpn

import (
	"fmt"
	"time"
)

const (
	dateForm = "2006-01-02"

	// endNotice is how long before its end a trip is warned of.
	endNotice = 7 * 24 * time.Hour

	// maxYears is as far ahead as a last day makes sense. What is later is a
	// slip of the pen.
	maxYears = 5
)

// endOfTrip reads the trip's last day and returns the instant at which it is
// over, in UTC; the zero value if there is none. A day that is over is refused:
// its server has ended itself, and what comes next is the operator's to say.
func endOfTrip(day string, now time.Time) (time.Time, Problems) {
	if day == "" {
		return time.Time{}, nil
	}
	date, err := time.Parse(dateForm, day)
	if err != nil {
		return time.Time{}, Problems{{"until", day,
			"is not a date: a trip has a last day, with which it ends, in UTC", setValue("until", laterDay(now))}}
	}
	end := date.AddDate(0, 0, 1)
	if end.After(now.AddDate(maxYears, 0, 0)) {
		return time.Time{}, Problems{{"until", day, fmt.Sprintf("is more than %d years ahead", maxYears), setValue("until", laterDay(now))}}
	}
	if !now.Before(end) {
		return time.Time{}, Problems{{"until", day, "is over, and a server that was to end with it has done so",
			fmt.Sprintf("set a later day, which builds a new server for the same profiles: %s && pulumi up; or end the trip: pulumi destroy",
				setValue("until", laterDay(now)))}}
	}
	return end, nil
}

// laterDay is an example of one.
func laterDay(now time.Time) string { return now.UTC().AddDate(0, 0, 14).Format(dateForm) }

// endOfTripWarning is empty while there is time, and where there is no end.
func endOfTripWarning(end, now time.Time) string {
	left := end.Sub(now)
	if end.IsZero() || left > endNotice {
		return ""
	}
	return fmt.Sprintf("the trip ends in %d hours, at %s: its servers terminate themselves then; a later end is: %s && pulumi up",
		int(left.Hours()), end.Format(time.RFC3339), setValue("until", laterDay(now)))
}

// expires is the end as an output.
func expires(end time.Time) string {
	if end.IsZero() {
		return "never"
	}
	return end.Format(time.RFC3339)
}
