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

// show prints properties of a unit, which are the last argument's.
func (m Machine) show(state memory, args []string) (string, error) {
	unit := args[len(args)-1]
	active, fileState, reload, loaded := "inactive", "disabled", "no", m.definition(unit)
	if _, ok := state.Active[unit]; ok {
		active = "active"
		if state.Read[unit] != loaded {
			reload, loaded = "yes", state.Read[unit]
		}
	}
	if m.unitFile(unit) == "" {
		fileState = ""
	} else if links, _ := filepath.Glob(m.path(unitDir + "*.wants/" + unit)); len(links) > 0 {
		fileState = "enabled"
	}
	files := sources(loaded)
	known := map[string]string{
		"ActiveState": active, "UnitFileState": fileState, "NeedDaemonReload": reload,
		"FragmentPath": files[0], "DropInPaths": strings.Join(files[1:], " "),
	}
	list, ok := strings.CutPrefix(args[2], "--property=")
	if !ok {
		return "", fmt.Errorf("playing %q: it does not say which properties", args)
	}
	var text string
	for _, name := range strings.Split(list, ",") {
		value, ok := known[name]
		if !ok {
			value = assigned(loaded, name)
		}
		text += name + "=" + value + "\n"
	}
	return text, nil
}

// sources are the files of a definition; the first is the unit's own, or "".
func sources(definition string) []string {
	var paths []string
	for line := range strings.Lines(definition) {
		if path, ok := strings.CutPrefix(strings.TrimSpace(line), "# /"); ok {
			paths = append(paths, "/"+path)
		}
	}
	if len(paths) == 0 {
		return []string{""}
	}
	return paths
}

// assigned is the value of a setting, in the words in which systemd prints it: a
// set in lower case and in an order of its own, whatever was written.
func assigned(definition, name string) string {
	var value string
	for line := range strings.Lines(definition) {
		if last, ok := strings.CutPrefix(strings.TrimSpace(line), name+"="); ok {
			value = last
		}
	}
	words := strings.Fields(value)
	slices.Sort(words)
	slices.Reverse(words)
	value = strings.Join(words, " ")
	if name == "CapabilityBoundingSet" {
		value = strings.ToLower(value)
	}
	return value
}

// unitPath is the unit's own file, or that of its template, or "".
func (m Machine) unitPath(unit string) string {
	name, _, templated := strings.Cut(unit, "@")
	candidates := []string{unitDir + unit}
	if templated && strings.HasSuffix(unit, ".service") {
		candidates = append(candidates, unitDir+name+"@.service", "/usr/lib/systemd/system/"+name+"@.service")
	}
	for _, path := range candidates {
		if m.read(path) != "" {
			return path
		}
	}
	return ""
}

// unitFile is the text of that file.
func (m Machine) unitFile(unit string) string { return m.read(m.unitPath(unit)) }

// definition is the unit's text with its drop-ins and those of its template,
// each below a comment with its path, as systemctl cat prints them.
func (m Machine) definition(unit string) string {
	path := m.unitPath(unit)
	if path == "" {
		return ""
	}
	name, _, _ := strings.Cut(unit, "@")
	paths := []string{path}
	for _, dir := range []string{unit + ".d", name + "@.service.d"} {
		dropIns, _ := filepath.Glob(m.path(unitDir + dir + "/*.conf"))
		for _, dropIn := range dropIns {
			paths = append(paths, strings.TrimPrefix(dropIn, m.Root))
		}
	}
	slices.SortFunc(paths[1:], func(a, b string) int { return strings.Compare(filepath.Base(a), filepath.Base(b)) })
	var text string
	for _, path := range paths {
		text += "# " + path + "\n" + m.read(path)
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
		delete(state.Sessions, instanceOf(unit))
	}
	state.Active[unit], state.Read[unit] = m.startFiles(unit, text), text
	return m.listen(*state)
}

// instanceOf is the instance of a unit of OpenVPN's, or "" for another unit.
func instanceOf(unit string) string {
	instance, isServer := strings.CutPrefix(strings.TrimSuffix(unit, ".service"), "openvpn-server@")
	if !isServer {
		return ""
	}
	return instance
}

// startFiles is the hash of what a unit of that definition reads when it
// starts, or "" if something is missing. For OpenVPN that is its configuration
// and the files that it names, but not the revocation lists and the directory
// of clients, which it reads again later.
func (m Machine) startFiles(unit, definition string) string {
	instance := instanceOf(unit)
	if instance == "" {
		return hash(definition)
	}
	config := m.read("/etc/openvpn/server/" + instance + ".conf")
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
// puts the jumps at the head of the built-in chains, ahead of what others put
// there.
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
		save := fields[1] + "-save"
		for table, chains := range builtIn {
			for _, chain := range chains {
				jump := fmt.Sprintf("-A %s -j TRIPVPN-%s\n", chain, chain)
				rules = insert(rules, table, jump+others(state.Rules[save], chain, jump))
			}
		}
		state.Rules[save] = rules
	}
	if len(state.Rules) == 0 {
		return errors.New("loading rules: there is no script, or it loads nothing")
	}
	return nil
}

// builtIn are the chains that get a jump, by their tables.
var builtIn = map[string][]string{"filter": {"INPUT", "FORWARD"}, "nat": {"POSTROUTING"}}

// insert puts lines at the head of a table.
func insert(rules, table, lines string) string {
	return strings.Replace(rules, "*"+table+"\n", "*"+table+"\n"+lines, 1)
}

// others are the rules of a built-in chain but for ours.
func others(rules, chain, jump string) string {
	var text string
	for line := range strings.Lines(rules) {
		if strings.HasPrefix(line, "-A "+chain+" ") && line != jump {
			text += line
		}
	}
	return text
}

// listen keeps /proc/net/udp6 in step with the servers that run.
func (m Machine) listen(state memory) error {
	table := "  sl  local_address\n"
	for unit := range state.Active {
		for line := range strings.Lines(m.read("/etc/openvpn/server/" + instanceOf(unit) + ".conf")) {
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
