package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"tripvpn/bootstrap/host"
	"tripvpn/bootstrap/step"
)

// packageUnitDirs are where the distribution's packages have their units:
// Debian 12 still says /lib, which is the same directory.
var packageUnitDirs = []string{"/usr/lib/systemd/system", "/lib/systemd/system"}

// sandboxSettings are those of our drop-in that systemctl show prints in the
// words of the file, but for their case and order, in systemd 252 to 257. It
// spells SystemCallFilter out, and prints SystemCallErrorNumber as a number.
var sandboxSettings = []string{
	"CapabilityBoundingSet", "NoNewPrivileges", "UMask",
	"ProtectSystem", "ReadWritePaths", "ProtectHome", "ProtectProc", "PrivateTmp", "ProtectClock", "ProtectControlGroups",
	"ProtectHostname", "ProtectKernelLogs", "ProtectKernelModules", "ProtectKernelTunables",
	"LockPersonality", "MemoryDenyWriteExecute", "RestrictAddressFamilies", "RestrictNamespaces", "RestrictRealtime",
	"RestrictSUIDSGID", "SystemCallArchitectures",
}

// sandboxed wants the unit to be the package's with our drop-in and no other,
// and each of those settings to be as the drop-in says. That our files are as
// they should be is for the steps to say; files of others can undo them.
func sandboxed(ctx context.Context, r host.Reader, i instance) []problem {
	unit, again := i.unit(), "systemctl daemon-reload && systemctl restart "+i.unit()
	var problems []problem
	add := func(hint, format string, values ...any) {
		problems = append(problems, problem{What: "unit " + unit + ": " + fmt.Sprintf(format, values...), Hint: hint})
	}
	found, err := step.Properties(ctx, r, unit, append([]string{"FragmentPath", "DropInPaths"}, sandboxSettings...)...)
	if err != nil {
		add(readLog(unit), "%v", err)
		return problems
	}
	if path := found["FragmentPath"]; !slices.Contains(packageUnitDirs, filepath.Dir(path)) {
		add(fmt.Sprintf("remove %s, then run: %s", path, again), "%s takes the place of the package's", path)
	}
	dropIns := strings.Fields(found["DropInPaths"])
	for _, path := range dropIns {
		if path != i.dropIn() {
			add(fmt.Sprintf("remove %s, then run: %s", path, again), "%s changes it", path)
		}
	}
	if !slices.Contains(dropIns, i.dropIn()) {
		add("run: "+again, "it goes without %s", i.dropIn())
	}
	ours, err := serverDropIn(i).Render()
	if err != nil {
		add("run tripvpn-bootstrap apply", "%v", err)
		return problems
	}
	for _, name := range sandboxSettings {
		want, is := wordSet(assigned(ours, name)), wordSet(found[name])
		if is != want {
			add(fmt.Sprintf("look where it is set: systemctl cat %s; remove that, then run: %s", unit, again), "%s is %q, not %q", name, is, want)
		}
	}
	return problems
}

// assigned is the last value that a unit file assigns to a setting.
func assigned(text, name string) (value string) {
	for line := range strings.Lines(text) {
		if last, ok := strings.CutPrefix(strings.TrimSpace(line), name+"="); ok {
			value = last
		}
	}
	return value
}

// wordSet is the words of a value in lower case, sorted.
func wordSet(value string) string {
	words := strings.Fields(strings.ToLower(value))
	slices.Sort(words)
	return strings.Join(words, " ")
}
