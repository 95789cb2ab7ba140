package config

import "tripvpn/internal/spec"

// logs checks how long servers keep logs.
func (p *Problems) logs(value string) spec.Logs {
	logs := spec.Logs(value)
	if err := spec.CheckLogs(logs); err != nil {
		p.Add("logs", value, err.Error(), Set("logs", string(spec.WeekOfLogs)))
	}
	return logs
}
