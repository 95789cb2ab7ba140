package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"tripvpn/bootstrap/host"
	"tripvpn/bootstrap/step"
	"tripvpn/internal/spec"
	"tripvpn/templates"
)

const (
	updatesPath    = "/etc/apt/apt.conf.d/60tripvpn" // after the distribution's files
	restartPath    = "/usr/local/sbin/tripvpn-restart"
	listsTimer     = "apt-daily.timer"
	upgradeTimer   = "apt-daily-upgrade.timer"
	listsStamp     = "/var/lib/apt/periodic/update-stamp" // written by apt.systemd.daily
	rebootRequired = "/run/reboot-required"               // written by packages

	// patience is how long an update may be late: a day, and another one for a mirror
	// that fails.
	patience = 49 * time.Hour
)

// updateSteps make security updates install themselves.
func updateSteps(m spec.Maintenance) ([]step.Step, error) {
	var text texts
	steps := []step.Step{
		step.File{Path: restartPath, Mode: 0o755, Content: text.of(templates.RestartScript{})},
		step.File{Path: updatesPath, Mode: 0o644, Content: text.of(templates.Updates{Restart: restartPath})},
	}
	for _, timer := range []struct {
		unit string
		view templates.UpdateTimer
	}{
		{listsTimer, templates.UpdateTimer{Hour: m.Hour()}},
		{upgradeTimer, templates.UpdateTimer{Hour: m.Hour(), Reboots: true}},
	} {
		dir, record := filepath.Join(unitDir, timer.unit+".d"), recordDir+"/"+timer.unit+".started"
		dropIn := step.File{Path: filepath.Join(dir, "tripvpn.conf"), Mode: 0o644, Content: text.of(timer.view), Record: record}
		steps = append(steps,
			step.Dir{Path: dir, Mode: 0o755},
			dropIn,
			step.Unit{Unit: timer.unit},
			step.Service{Unit: timer.unit, Inputs: []step.File{dropIn}, Record: record},
		)
	}
	return steps, text.err
}

// checkUpdates requires that updates arrive and are in use. A new host has no stamp yet,
// for which the record of its timer stands in.
func (p program) checkUpdates(ctx context.Context, r host.Reader, s spec.Spec) []problem {
	var found problems
	found.check(p.newerThan(r, patience, listsStamp, recordDir+"/"+listsTimer+".started"), "security updates are not found",
		"run: sudo apt-get update; then read its log: journalctl -u apt-daily.service")
	found.check(p.rebooted(r), "a security update is not in use", "run: sudo systemctl reboot")
	for _, l := range s.Listeners {
		unit := instance{l.Instance}.unit()
		found.check(current(ctx, r, unit), "a security update is not in use", "run: sudo systemctl restart "+unit)
	}
	return found
}

// newerThan requires that the first of the paths that exists was written within a time.
func (p program) newerThan(r host.Reader, age time.Duration, paths ...string) error {
	for _, path := range paths {
		info, err := r.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil && p.now().Sub(info.Modified) > age {
			err = fmt.Errorf("apt has not got its lists of packages since %s", info.Modified.UTC().Format(time.RFC3339))
		}
		return err
	}
	return nil
}

// rebooted requires that no reboot has been due for longer than a day.
func (p program) rebooted(r host.Reader) error {
	info, err := r.Stat(rebootRequired)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && p.now().Sub(info.Modified) > patience {
		err = fmt.Errorf("a reboot is required since %s", info.Modified.UTC().Format(time.RFC3339))
	}
	return err
}

// current requires that a unit's process uses no program or library that was replaced:
// proc_pid_maps(5).
func current(ctx context.Context, r host.Reader, unit string) error {
	values, err := step.Properties(ctx, r, unit, "MainPID")
	if err != nil || values["MainPID"] == "" || values["MainPID"] == "0" {
		return err // a unit that does not run is another problem
	}
	maps, err := r.ReadFile(filepath.Join("/proc", values["MainPID"], "maps"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // it has just ended
	}
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(maps)) {
		if old := replaced.FindStringSubmatch(line); old != nil {
			return fmt.Errorf("%s uses a file that was replaced: %s", unit, old[1])
		}
	}
	return nil
}

// replaced matches the line of a program or library that was replaced. The path of the
// program is "/", because systemd has mounted it by itself (ExecPaths).
var replaced = regexp.MustCompile(` (/(?:usr/.*)?) \(deleted\)\n`)

// ours matches the packages of what a host serves with, and its kernel's.
var ours = regexp.MustCompile(`^(openvpn|libssl3.*|linux-image-.*)$`)

// simulated matches a line of apt-get(8), --simulate: a package, the version that is
// installed, the one that would be, and where it comes from.
var simulated = regexp.MustCompile(`(?m)^Inst (\S+) (?:\[\S+\] )?\((\S+) ([^)]*)\[\S+\]\)`)

// security matches the origins of security updates. Debian's backports do not say which
// updates are.
var security = regexp.MustCompile(`-security|Debian-Security:|Debian Backports:`)

// pendingUpdates asks apt for security updates of ours that are not installed. verify
// reports them, and apply does not: they are no reason not to change a host.
func pendingUpdates(ctx context.Context, r host.Reader, s spec.Spec) []problem {
	output, err := r.Query(ctx, "apt-get", "--simulate", "-o", "Debug::NoLocking=true", "dist-upgrade")
	if err != nil {
		return []problem{{What: "security updates cannot be listed: " + err.Error(), Hint: "run: sudo apt-get check"}}
	}
	var pending []string
	for _, line := range simulated.FindAllStringSubmatch(output, -1) {
		name, version, origins := line[1], line[2], line[3]
		if ours.MatchString(name) && security.MatchString(origins) {
			pending = append(pending, name+" "+version)
		}
	}
	if len(pending) == 0 {
		return nil
	}
	slices.Sort(pending)
	return []problem{{
		What: "security updates are pending: " + strings.Join(pending, ", "),
		Hint: fmt.Sprintf("they install themselves after %s UTC; to install them now, run: sudo unattended-upgrade; if they stay, read /var/log/unattended-upgrades", s.Maintenance),
	}}
}
