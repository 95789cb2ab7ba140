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
)

// endSteps have the host end itself at an instant, or see to it that it does
// not if that is zero.
func endSteps(until time.Time) ([]step.Step, error) {
	timerPath, servicePath := filepath.Join(unitDir, endTimer), filepath.Join(unitDir, endService)
	if until.IsZero() {
		return []step.Step{step.Absent{Unit: endTimer, Files: []string{timerPath, servicePath, endRecord}}}, nil
	}
	var text texts
	timer := step.File{Path: timerPath, Mode: 0o644, Content: text.of(templates.EndTimer{Until: until}), Record: endRecord}
	return []step.Step{
		step.File{Path: servicePath, Mode: 0o644, Content: text.of(templates.EndService{})},
		timer,
		step.Unit{Unit: endTimer},
		step.Service{Unit: endTimer, Inputs: []step.File{timer}, Record: endRecord},
	}, text.err
}

// checkEnd refuses an end that is over: a timer that is set to the past never
// elapses, and the host would go on for ever.
func checkEnd(until, now time.Time) error {
	if until.IsZero() || now.Before(until) {
		return nil
	}
	return fmt.Errorf("the trip was to end at %s, and this host is still there", until.Format(time.RFC3339))
}
