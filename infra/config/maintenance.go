package config

import (
	"strconv"

	"tripvpn/internal/spec"
)

const defaultMaintenanceHour = 4

// maintenance checks the hour at which servers install updates.
func (p *Problems) maintenance(hour int) spec.Maintenance {
	if err := spec.CheckMaintenanceHour(hour); err != nil {
		p.Add("maintenanceHour", strconv.Itoa(hour), err.Error(), Set("maintenanceHour", strconv.Itoa(defaultMaintenanceHour)))
	}
	return spec.NewMaintenance(hour)
}
