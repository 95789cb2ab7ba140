package main

import (
	"fmt"
	"path/filepath"
	"time"

	"tripvpn/bootstrap/step"
	"tripvpn/templates"
)

const (
	endTimer   = "tripvpn-end.timer"
	endService = "tripvpn-end.service"
	endRecord  = recordDir + "/end.started"
	endLink    = unitDir + "/timers.target.wants/" + endTimer // made by systemctl enable
)

// endSteps schedule the host's shutdown, or cancel it if until is zero.
func endSteps(until time.Time) ([]step.Step, error) {
	timerPath, servicePath := filepath.Join(unitDir, endTimer), filepath.Join(unitDir, endService)
	records := step.Dir{Path: recordDir, Mode: 0o700}
	if until.IsZero() {
		return []step.Step{records, step.Absent{Unit: endTimer, Files: []string{timerPath, servicePath, endRecord, endLink}}}, nil
	}
	var text texts
	timer := step.File{Path: timerPath, Mode: 0o644, Content: text.of(templates.EndTimer{Until: until}), Record: endRecord}
	return []step.Step{
		records,
		step.File{Path: servicePath, Mode: 0o644, Content: text.of(templates.EndService{})},
		timer,
		step.Unit{Unit: endTimer},
		step.Service{Unit: endTimer, Inputs: []step.File{timer}, Record: endRecord},
	}, text.err
}

// checkEnd rejects an end in the past: systemd would fire such a timer at once
// or never.
func checkEnd(until, now time.Time) error {
	if until.IsZero() || now.Before(until) {
		return nil
	}
	return fmt.Errorf("the trip ended at %s, and this host's clock shows %s", until.Format(time.RFC3339), now.UTC().Format(time.RFC3339))
}
