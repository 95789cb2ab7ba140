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

// show simulates systemctl show of a unit, the last argument.
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
		"MainPID": fmt.Sprint(state.Processes[unit]),
	}
	list, ok := strings.CutPrefix(args[2], "--property=")
	if !ok {
		return "", fmt.Errorf("simulating %q: it has no --property", args)
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

// sources are the paths of a definition's files. The first is the unit's own, or "".
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

// assigned is the value of a setting as systemd prints it: its words in a different
// order than in the file, and capabilities in lower case.
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

// unitPath is the path of the unit's own file, or of its template's, or "".
func (m Machine) unitPath(unit string) string {
	name, _, templated := strings.Cut(unit, "@")
	candidates := []string{unitDir + unit, "/usr/lib/systemd/system/" + unit}
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

// unitFile is the content of that file.
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

// reload makes systemd read the active units again.
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

// disable removes the links of a unit.
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

// start restarts a unit, after it has started inactive units that the unit requires.
func (m Machine) start(state *memory, unit string) error {
	text := m.definition(unit)
	if read, active := state.Read[unit]; active && read != text {
		text = read // systemd uses the definition that it has read
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
	case unit == "systemd-journald.service":
		if err := m.openJournal(); err != nil {
			return err
		}
	case m.startFiles(unit, text) == "":
		return fmt.Errorf("starting %q: a file that it reads is missing", unit)
	default:
		delete(state.Sessions, instanceOf(unit))
	}
	state.Active[unit], state.Read[unit] = m.startFiles(unit, text), text
	return m.serve(*state)
}

// openJournal makes a journal on disk if journald is to keep one there.
func (m Machine) openJournal() error {
	if !strings.Contains(m.read("/etc/systemd/journald.conf.d/60-tripvpn.conf"), "\nStorage=persistent\n") {
		return nil
	}
	return m.write(journalPath, journal)
}

// instanceOf is the instance of an OpenVPN unit, or "" for another unit.
func instanceOf(unit string) string {
	instance, isServer := strings.CutPrefix(strings.TrimSuffix(unit, ".service"), "openvpn-server@")
	if !isServer {
		return ""
	}
	return instance
}

// credential is the file on disk that systemd copies to that path for a unit, or the
// path itself: systemd.exec(5), LoadCredential.
func credential(unit, definition, path string) string {
	for line := range strings.Lines(definition) {
		setting, _ := strings.CutPrefix(strings.TrimSpace(line), "LoadCredential=")
		if name, source, found := strings.Cut(setting, ":"); found && path == "/run/credentials/"+unit+"/"+name {
			return source
		}
	}
	return path
}

// startFiles is the hash of the definition and of the files that the unit reads only
// at its start, or "" if one is missing. For OpenVPN these are its configuration and
// the files named there, except the revocation lists and the directory of clients,
// which it reads again later.
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
			content := m.read(credential(unit, definition, fields[1]))
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

// loadRules simulates the firewall script: it loads the files that the script names,
// and inserts the jumps at the head of the built-in chains, before the rules of others.
func (m Machine) loadRules(state *memory) error {
	for line := range strings.Lines(m.read("/usr/local/sbin/tripvpn-firewall")) {
		fields := strings.Fields(line)
		if len(fields) != 3 || fields[0] != "load" {
			continue
		}
		rules := m.read(fields[2])
		if rules == "" {
			return fmt.Errorf("loading rules: %q does not exist", fields[2])
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
		return errors.New("loading rules: the script does not exist, or loads nothing")
	}
	return nil
}

// builtIn are the chains that get a jump, by table.
var builtIn = map[string][]string{"filter": {"INPUT", "FORWARD", "OUTPUT"}, "nat": {"POSTROUTING"}}

// insert inserts lines at the head of a table.
func insert(rules, table, lines string) string {
	return strings.Replace(rules, "*"+table+"\n", "*"+table+"\n"+lines, 1)
}

// others are the rules of a built-in chain without our jump.
func others(rules, chain, jump string) string {
	var text string
	for line := range strings.Lines(rules) {
		if strings.HasPrefix(line, "-A "+chain+" ") && line != jump {
			text += line
		}
	}
	return text
}

// listen lists the ports of the active servers in /proc/net/udp6 and /proc/net/tcp6.
func (m Machine) listen(state memory) error {
	const header = "  sl  local_address\n"
	tables := map[string]string{"udp6": header, "tcp6": header}
	states := map[string]string{"udp6": "07", "tcp6": "0A"}
	for unit := range state.Active {
		var protocol string
		var port int
		for line := range strings.Lines(m.read("/etc/openvpn/server/" + instanceOf(unit) + ".conf")) {
			_, _ = fmt.Sscanf(line, "proto %s", &protocol)
			_, _ = fmt.Sscanf(line, "port %d", &port)
		}
		if port != 0 {
			tables[protocol] += fmt.Sprintf("   0: %032X:%04X %032X:0000 %s\n", 0, port, 0, states[protocol])
		}
	}
	for protocol, table := range tables {
		if err := m.write("/proc/net/"+protocol, table); err != nil {
			return err
		}
	}
	return nil
}

// tmpfiles carries out lines of tmpfiles.d(5) of the types L+, r and d.
func (m Machine) tmpfiles(path string) error {
	for line := range strings.Lines(m.read(path)) {
		fields := strings.Fields(line)
		if len(fields) < 2 || fields[0] == "#" {
			continue
		}
		target := m.path(fields[1])
		if info, err := os.Lstat(target); err == nil && !info.IsDir() {
			if err := os.Remove(target); err != nil {
				return err
			}
		}
		var err error
		switch fields[0] {
		case "L+":
			err = os.Symlink(fields[6], target)
		case "d":
			err = os.MkdirAll(target, 0o700)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// clear deletes all below a directory.
func (m Machine) clear(path string) error {
	entries, err := os.ReadDir(m.path(path))
	for _, entry := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(m.path(path), entry.Name())))
	}
	return err
}

// sshd prints the settings in sshd_config.d, with names in lower case. The first value of
// a setting counts.
func (m Machine) sshd() string {
	files, _ := filepath.Glob(m.path("/etc/ssh/sshd_config.d/*.conf"))
	seen, text := map[string]bool{}, ""
	for _, path := range files {
		for line := range strings.Lines(m.read(strings.TrimPrefix(path, m.Root))) {
			name, value, found := strings.Cut(line, " ")
			name = strings.ToLower(name)
			if found && !strings.HasPrefix(name, "#") && !seen[name] {
				seen[name] = true
				text += name + " " + value
			}
		}
	}
	return text
}

// sysctl applies a file of sysctl.d(5), including globs. A setting with a hyphen may
// fail.
func (m Machine) sysctl(path string) error {
	text := m.read(path)
	if text == "" {
		return fmt.Errorf("applying %q: the file does not exist", path)
	}
	for line := range strings.Lines(text) {
		key, value, ok := strings.Cut(line, " = ")
		if !ok || strings.HasPrefix(key, "#") {
			continue
		}
		key, mayFail := strings.CutPrefix(key, "-")
		files, err := filepath.Glob(m.path("/proc/sys/" + strings.ReplaceAll(key, ".", "/")))
		if err != nil || len(files) == 0 && !mayFail {
			return fmt.Errorf("applying %q: the kernel has no setting %q", path, key)
		}
		for _, file := range files {
			if err := os.WriteFile(file, []byte(value), 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}
