package hosttest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const unitDir = "/etc/systemd/system/"

// show prints what the product asks of systemctl show.
func (m Machine) show(state memory, unit string) string {
	active, fileState, reload := "inactive", "disabled", "no"
	if _, ok := state.Active[unit]; ok {
		active = "active"
		if state.Read[unit] != m.definition(unit) {
			reload = "yes"
		}
	}
	if m.unitFile(unit) == "" {
		fileState = ""
	} else if links, _ := filepath.Glob(m.path(unitDir + "*.wants/" + unit)); len(links) > 0 {
		fileState = "enabled"
	}
	return fmt.Sprintf("ActiveState=%s\nUnitFileState=%s\nNeedDaemonReload=%s\n", active, fileState, reload)
}

// unitFile is the unit's own text, or that of its template.
func (m Machine) unitFile(unit string) string {
	if text := m.read(unitDir + unit); text != "" {
		return text
	}
	name, instance, templated := strings.Cut(unit, "@")
	if !templated || !strings.HasSuffix(instance, ".service") {
		return ""
	}
	return m.read("/usr/lib/systemd/system/" + name + "@.service")
}

// definition is the unit's text with its drop-ins.
func (m Machine) definition(unit string) string {
	text := m.unitFile(unit)
	dropIns, _ := filepath.Glob(m.path(unitDir + unit + ".d/*.conf"))
	slices.Sort(dropIns)
	for _, path := range dropIns {
		data, _ := os.ReadFile(path)
		text += string(data)
	}
	return text
}

// reload makes systemd read the units that run.
func (m Machine) reload(state *memory) {
	for unit := range state.Active {
		state.Read[unit] = m.definition(unit)
	}
}

func (m Machine) enable(unit string) error {
	text := m.unitFile(unit)
	_, wants, found := strings.Cut(text, "WantedBy=")
	if !found {
		return fmt.Errorf("enabling %q: no such unit, or no [Install]", unit)
	}
	target, _, _ := strings.Cut(wants, "\n")
	link := m.path(unitDir + target + ".wants/" + unit)
	if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
		return err
	}
	if err := os.Symlink("unit", link); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return nil
}

// disable takes the links of a unit away.
func (m Machine) disable(unit string) error {
	if m.unitFile(unit) == "" {
		return fmt.Errorf("disabling %q: no such unit", unit)
	}
	links, _ := filepath.Glob(m.path(unitDir + "*.wants/" + unit))
	for _, link := range links {
		if err := os.Remove(link); err != nil {
			return err
		}
	}
	return nil
}

// start starts a unit anew, and those that it requires if they do not run.
func (m Machine) start(state *memory, unit string) error {
	text := m.definition(unit)
	if read, active := state.Read[unit]; active && read != text {
		text = read // systemd goes by what it has read
	}
	for line := range strings.Lines(text) {
		required, ok := strings.CutPrefix(strings.TrimSpace(line), "Requires=")
		if _, active := state.Active[required]; ok && !active {
			if err := m.start(state, required); err != nil {
				return err
			}
		}
	}
	switch {
	case unit == "tripvpn-firewall.service":
		if err := m.loadRules(state); err != nil {
			return err
		}
	case m.startFiles(unit, text) == "":
		return fmt.Errorf("starting %q: a file that it reads is missing", unit)
	default:
		state.Sessions = nil
	}
	state.Active[unit], state.Read[unit] = m.startFiles(unit, text), text
	return m.listen(*state)
}

// startFiles is the hash of what a unit of that definition reads when it
// starts, or "" if something is missing. For OpenVPN that is its configuration
// and the files that it names, but not the revocation lists and the directory
// of clients, which it reads again later.
func (m Machine) startFiles(unit, definition string) string {
	name, isServer := strings.CutPrefix(strings.TrimSuffix(unit, ".service"), "openvpn-server@")
	if !isServer {
		return hash(definition)
	}
	config := m.read("/etc/openvpn/server/" + name + ".conf")
	parts := []string{config, definition}
	for line := range strings.Lines(config) {
		fields := strings.Fields(line)
		if len(fields) == 2 && slices.Contains([]string{"ca", "cert", "key", "tls-crypt-v2", "tls-crypt", "tls-auth"}, fields[0]) {
			content := m.read(fields[1])
			if content == "" {
				return ""
			}
			parts = append(parts, content)
		}
	}
	if config == "" {
		return ""
	}
	return hash(parts...)
}

// loadRules plays the firewall script: it loads the files that it names, and
// adds the jumps.
func (m Machine) loadRules(state *memory) error {
	for line := range strings.Lines(m.read("/usr/local/sbin/tripvpn-firewall")) {
		fields := strings.Fields(line)
		if len(fields) != 3 || fields[0] != "load" {
			continue
		}
		rules := m.read(fields[2])
		if rules == "" {
			return fmt.Errorf("loading rules: there is no %q", fields[2])
		}
		for _, chain := range []string{"INPUT", "FORWARD", "POSTROUTING"} {
			rules = fmt.Sprintf("-A %s -j TRIPVPN-%s\n", chain, chain) + rules
		}
		state.Rules[fields[1]+"-save"] = rules
	}
	if len(state.Rules) == 0 {
		return errors.New("loading rules: there is no script, or it loads nothing")
	}
	return nil
}

// listen keeps /proc/net/udp6 in step with the servers that run.
func (m Machine) listen(state memory) error {
	table := "  sl  local_address\n"
	for unit := range state.Active {
		name, isServer := strings.CutPrefix(strings.TrimSuffix(unit, ".service"), "openvpn-server@")
		if !isServer {
			continue
		}
		for line := range strings.Lines(m.read("/etc/openvpn/server/" + name + ".conf")) {
			var port int
			if _, err := fmt.Sscanf(line, "port %d", &port); err == nil {
				table += fmt.Sprintf("   0: %032X:%04X 00000000:0000\n", 0, port)
			}
		}
	}
	return m.write("/proc/net/udp6", table)
}

// sysctl applies a file of sysctl.d(5), globs included. A setting with a hyphen
// may fail.
func (m Machine) sysctl(path string) error {
	text := m.read(path)
	if text == "" {
		return fmt.Errorf("applying %q: there is no such file", path)
	}
	for line := range strings.Lines(text) {
		key, value, ok := strings.Cut(line, " = ")
		if !ok || strings.HasPrefix(key, "#") {
			continue
		}
		key, mayFail := strings.CutPrefix(key, "-")
		files, err := filepath.Glob(m.path("/proc/sys/" + strings.ReplaceAll(key, ".", "/")))
		if err != nil || len(files) == 0 && !mayFail {
			return fmt.Errorf("applying %q: there is no %q", path, key)
		}
		for _, file := range files {
			if err := os.WriteFile(file, []byte(value), 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}
