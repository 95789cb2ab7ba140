package spec

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Maintenance is the time of day, in UTC, at which a host installs updates, and reboots if
// they require it: "04:00".
type Maintenance string

// NewMaintenance returns the full hour.
func NewMaintenance(hour int) Maintenance { return Maintenance(fmt.Sprintf("%02d:00", hour)) }

// Hour is the hour of the day.
func (m Maintenance) Hour() int {
	digits, _, _ := strings.Cut(string(m), ":")
	hour, _ := strconv.Atoi(digits)
	return hour
}

// CheckMaintenanceHour checks an hour of the day.
func CheckMaintenanceHour(hour int) error {
	if hour < 0 || hour > 23 {
		return errors.New("is not an hour of the day, from 0 to 23")
	}
	return nil
}

func (m Maintenance) validate() error {
	if m != NewMaintenance(m.Hour()) || CheckMaintenanceHour(m.Hour()) != nil {
		return problem("maintenance", m, "it must be a full hour of the day", "use 04:00")
	}
	return nil
}
