// Package hosttest simulates a Debian host for tests: a directory with the host's
// files, and a Runner that simulates systemctl, iptables-save, systemd-sysctl,
// systemd-tmpfiles, find -delete, sshd -T, apt-get --simulate, dpkg-query and OpenVPN's management
// interface on it. Their state is in the directory as well, so that one process can
// continue after another was killed.
//
// It differs from a real host. systemctl supports only the calls of bootstrap: a unit
// is enabled by a link, starts at once, never dies by itself, and requires its files
// and the units that it names in Requires. Each call reads an inactive unit from disk.
// A setting has the value of its last line, and a setting without a line is empty.
// iptables-save prints the rules that the firewall unit loaded, in the order of the
// file, and rules that others inserted into the built-in chains. Nothing is mounted, no
// packets are sent, and the caller need not be root.
package hosttest

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
)

// Machine is a host below the directory Root. It is a host.Runner.
type Machine struct{ Root string }

// memory is the machine's state apart from its files.
type memory struct {
	Pending string            // what apt-get --simulate prints
	Active  map[string]string // unit → hash of the files that it started with
	Read    map[string]string // unit → its definition as systemd last read it
	Rules   map[string]string // iptables-save and ip6tables-save → what they print

	OpenVPN string `json:",omitempty"` // version of the package, if it is not Debian 13's

	Processes map[string]int `json:",omitempty"` // unit → its main process; 0 for others

	Sessions map[string][]session `json:",omitempty"` // OpenVPN instance → its sessions
}

// The journal on disk.
const (
	journalPath = "/var/log/journal/1/system.journal"
	journal     = "an entry"
)

const memoryPath = "/var/lib/hosttest.json"

// New makes a fresh host in root, with the packages openvpn and iptables.
func New(root string) (Machine, error) {
	m := Machine{root}
	files := map[string]string{
		"/usr/sbin/openvpn":                                            "",
		"/usr/sbin/iptables-restore":                                   "",
		"/usr/bin/unattended-upgrade":                                  "",
		"/usr/lib/systemd/system/apt-daily.timer":                      "[Timer]\n[Install]\nWantedBy=timers.target\n",
		"/usr/lib/systemd/system/apt-daily-upgrade.timer":              "[Timer]\n[Install]\nWantedBy=timers.target\n",
		"/etc/apt/apt.conf.d/README":                                   "",
		"/usr/sbin/ip6tables-restore":                                  "",
		"/usr/lib/systemd/system/openvpn-server@.service":              "[Service]\n[Install]\nWantedBy=multi-user.target\n",
		"/etc/openvpn/server/.keep":                                    "",
		"/etc/sysctl.d/README":                                         "",
		"/etc/systemd/system/README":                                   "",
		"/etc/systemd/system/timers.target.wants/README":               "",
		"/var/log/wtmp":                                                "",
		journalPath:                                                    journal,
		"/proc/sys/net/netfilter/nf_conntrack_max":                     "4096\n",
		"/proc/sys/net/netfilter/nf_conntrack_tcp_timeout_established": "432000\n",
		"/etc/modules-load.d/README":                                   "",
		"/etc/ssh/sshd_config.d/README":                                "",
		"/etc/tmpfiles.d/README":                                       "",
		"/usr/local/sbin/.keep":                                        "",
		"/run/README":                                                  "",
		"/proc/sys/kernel/osrelease":                                   "6.12.57+deb13-cloud-amd64\n",
		"/proc/net/udp":                                                "  sl  local_address\n",
		"/proc/net/udp6":                                               "  sl  local_address\n",
		"/proc/net/tcp":                                                "  sl  local_address\n",
		"/proc/net/tcp6":                                               "  sl  local_address\n",
		"/proc/sys/net/ipv4/ip_forward":                                "0\n",
		"/proc/sys/net/ipv4/ip_no_pmtu_disc":                           "0\n",
		"/proc/sys/net/ipv6/conf/all/forwarding":                       "0\n",
		"/proc/sys/net/ipv6/conf/default/accept_ra":                    "1\n",
		"/proc/sys/net/ipv6/conf/ens5/accept_ra":                       "1\n",
	}
	for path, content := range files {
		if err := m.write(path, content); err != nil {
			return m, err
		}
	}
	return m, m.remember(memory{Active: map[string]string{"systemd-journald.service": "", "ssh.service": ""}, Read: map[string]string{}, Rules: map[string]string{}})
}

// SetPending sets what apt-get prints when it simulates an upgrade.
func (m Machine) SetPending(text string) error {
	return m.change(func(state *memory) error { state.Pending = text; return nil })
}

// SetOffloading gives the host a kernel that has the module ovpn, and OpenVPN 2.7. What
// runs stays as it is.
func (m Machine) SetOffloading() error {
	const release = "7.3.4+deb13-cloud-amd64"
	return m.change(func(state *memory) error {
		state.OpenVPN = "2.7.8-1~bpo13+1"
		return errors.Join(
			m.write("/proc/sys/kernel/osrelease", release+"\n"),
			m.write("/lib/modules/"+release+"/modules.dep", "kernel/drivers/net/tun.ko.xz:\nkernel/drivers/net/ovpn/ovpn.ko.xz: kernel/net/ipv4/udp_tunnel.ko.xz\n"),
		)
	})
}

// SetProcess sets the ID of a unit's main process.
func (m Machine) SetProcess(unit string, pid int) error {
	return m.change(func(state *memory) error { state.Processes = map[string]int{unit: pid}; return nil })
}

// Stop ends a unit, as a crash would, without changing its files.
func (m Machine) Stop(unit string) error {
	return m.change(func(state *memory) error {
		delete(state.Active, unit)
		delete(state.Read, unit)
		return m.serve(*state)
	})
}

// Flush deletes the rules of an address family. save is "iptables-save" or
// "ip6tables-save".
func (m Machine) Flush(save string) error {
	return m.change(func(state *memory) error { delete(state.Rules, save); return nil })
}

// Insert inserts a rule at the head of a built-in chain of the table filter, as
// iptables -I does. save is "iptables-save" or "ip6tables-save".
func (m Machine) Insert(save, chain, rule string) error {
	return m.change(func(state *memory) error {
		state.Rules[save] = insert(state.Rules[save], "filter", "-A "+chain+" "+rule+"\n")
		return nil
	})
}

// Runs reports whether a unit is active and was started with its files as they are on
// disk.
func (m Machine) Runs(unit string) bool {
	state, err := m.recall()
	started, active := state.Active[unit]
	return err == nil && active && started == m.startFiles(unit, m.definition(unit))
}

// Run implements host.Runner.
func (m Machine) Run(_ context.Context, args ...string) (output string, err error) {
	err = m.change(func(state *memory) error {
		output, err = m.play(state, args)
		return err
	})
	return output, err
}

func (m Machine) play(state *memory, args []string) (string, error) {
	last := args[len(args)-1]
	if args[0] == "find" && last == "-delete" {
		return "", m.clear(args[1])
	}
	switch strings.Join(args[:min(2, len(args))], " ") {
	case "systemctl show":
		return m.show(*state, args)
	case "systemctl daemon-reload":
		m.reload(state)
		return "", nil
	case "systemctl disable":
		defer m.reload(state)
		return "", m.disable(last)
	case "systemctl stop":
		delete(state.Active, last)
		delete(state.Read, last)
		return "", m.serve(*state)
	case "systemctl enable":
		defer m.reload(state)
		return "", m.enable(last)
	case "systemctl restart", "systemctl reload-or-restart":
		return "", m.start(state, last)
	case "iptables-save", "ip6tables-save":
		return state.Rules[args[0]], nil
	case "/usr/lib/systemd/systemd-sysctl " + last:
		return "", m.sysctl(last)
	case "systemd-tmpfiles --create":
		return "", m.tmpfiles(last)
	case "sshd -T":
		return m.sshd(), nil
	case "apt-get --simulate":
		return state.Pending, nil
	case "dpkg-query --show":
		return state.version(), nil
	case "sync":
		return "", nil
	}
	return "", fmt.Errorf("simulating %q: this machine has no such command", args)
}

func (m Machine) path(path string) string { return filepath.Join(m.Root, path) }

func (m Machine) read(path string) string {
	data, err := os.ReadFile(m.path(path))
	if err != nil {
		return ""
	}
	return string(data)
}

func (m Machine) write(path, content string) error {
	if err := os.MkdirAll(filepath.Dir(m.path(path)), 0o755); err != nil {
		return err
	}
	return os.WriteFile(m.path(path), []byte(content), 0o644)
}

// change runs work on the machine's state and saves the result.
func (m Machine) change(work func(*memory) error) error {
	state, err := m.recall()
	if err != nil {
		return err
	}
	if err := work(&state); err != nil {
		return err
	}
	return m.remember(state)
}

func (m Machine) recall() (memory, error) {
	var state memory
	data, err := os.ReadFile(m.path(memoryPath))
	if err != nil {
		return state, err
	}
	return state, json.Unmarshal(data, &state)
}

func (m Machine) remember(state memory) error {
	maps.DeleteFunc(state.Sessions, func(_ string, all []session) bool { return len(all) == 0 })
	data, err := json.MarshalIndent(state, "", "  ")
	if err != nil {
		return err
	}
	if m.read(memoryPath) == string(data) {
		return nil // a query changes no file
	}
	return m.write(memoryPath, string(data))
}

func hash(parts ...string) string {
	return fmt.Sprintf("%x", sha256.Sum256([]byte(strings.Join(parts, "\x00"))))[:12]
}
