package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"tripvpn/bootstrap/host"
	"tripvpn/bootstrap/step"
	"tripvpn/internal/spec"
)

// packageUnitDirs contain the units of the distribution's packages. Debian 12 prints
// /lib, which is the same directory.
var packageUnitDirs = []string{"/usr/lib/systemd/system", "/lib/systemd/system"}

// sandboxSettings are the settings of our drop-in that systemctl show prints with the
// same words as the file, in any case and order (systemd 252 to 257). It expands
// SystemCallFilter, and prints SystemCallErrorNumber as a number, LogRateLimitIntervalSec
// under another name, and LoadCredential in a form that depends on its version.
var sandboxSettings = []string{
	"DynamicUser", "AmbientCapabilities", "CapabilityBoundingSet", "NoNewPrivileges", "UMask",
	"RuntimeDirectory", "RuntimeDirectoryMode", "ProtectSystem", "ProtectHome", "PrivateTmp", "NoExecPaths", "ExecPaths",
	"InaccessiblePaths", "ProtectProc", "ProcSubset", "PrivateIPC", "DevicePolicy", "ProtectClock", "ProtectControlGroups",
	"ProtectHostname", "ProtectKernelLogs", "ProtectKernelModules", "ProtectKernelTunables",
	"StandardOutput", "StandardError", "MemoryMax", "TasksMax", "OOMScoreAdjust", "LimitNPROC", "LogRateLimitBurst", "LimitCORE", "LockPersonality", "MemoryDenyWriteExecute", "RestrictAddressFamilies", "RestrictNamespaces", "RestrictRealtime",
	"RestrictSUIDSGID", "SystemCallArchitectures",
}

// sandboxed requires that the unit is the package's with only our drop-in, and
// that each of those settings has the drop-in's value. The steps check our own
// files; other files can override them.
func sandboxed(ctx context.Context, r host.Reader, s spec.Spec, l spec.Listener) []problem {
	i := instance{l.Instance}
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
		add(fmt.Sprintf("remove %s, then run: %s", path, again), "%s replaces the package's unit", path)
	}
	dropIns := strings.Fields(found["DropInPaths"])
	for _, path := range dropIns {
		if path != i.dropIn() {
			add(fmt.Sprintf("remove %s, then run: %s", path, again), "%s overrides it", path)
		}
	}
	if !slices.Contains(dropIns, i.dropIn()) {
		add("run: "+again, "%s is not in effect", i.dropIn())
	}
	ours, err := serverDropIn(s, l).Render()
	if err != nil {
		add("run tripvpn-bootstrap apply", "%v", err)
		return problems
	}
	for _, name := range sandboxSettings {
		want, is := wordSet(assigned(ours, name)), wordSet(found[name])
		if is != want {
			add(fmt.Sprintf("find the override with: systemctl cat %s; remove it, then run: %s", unit, again), "%s is %q, not %q", name, is, want)
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
