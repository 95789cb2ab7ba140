package main

import (
	"path/filepath"

	"tripvpn/bootstrap/step"
	"tripvpn/internal/spec"
	"tripvpn/templates"
)

const (
	journalService = "systemd-journald.service"
	journalConfig  = "/etc/systemd/journald.conf.d/60-tripvpn.conf"
	journalRecord  = recordDir + "/journald.started"
	journalDir     = "/var/log/journal"
	loginsPath     = "/etc/tmpfiles.d/00-tripvpn.conf"
)

// loginRecords are the files in which login(1) and sshd(8) record logins, and in Debian 13
// the database of wtmpdb(8).
var loginRecords = []string{"/var/log/wtmp", "/var/log/btmp", "/var/log/lastlog", "/var/log/wtmp.db"}

// logSteps limit what the host logs. Without logs, those from before are deleted once
// journald writes no more of them.
func logSteps(logs spec.Logs) ([]step.Step, error) {
	var text texts
	config := step.File{Path: journalConfig, Mode: 0o644, Content: text.of(templates.Journal{None: logs == spec.NoLogs}), Record: journalRecord}
	logins := step.File{Path: loginsPath, Mode: 0o644, Content: text.of(templates.LoginRecords{})}
	steps := []step.Step{
		step.Dir{Path: filepath.Dir(journalConfig), Mode: 0o755},
		config,
		step.Service{Unit: journalService, Inputs: []step.File{config}, Record: journalRecord},
	}
	if logs == spec.NoLogs {
		steps = append(steps, step.EmptyDir{Path: journalDir})
	}
	return append(steps, step.TmpFiles{File: logins, NoFiles: loginRecords}), text.err
}
