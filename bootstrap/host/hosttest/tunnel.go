package hosttest

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"strings"
)

// serve makes what the active servers make when they start.
func (m Machine) serve(state memory) error {
	return errors.Join(m.listen(state), m.openTunnels(state))
}

// version is that of the package openvpn.
func (state memory) version() string { return cmp.Or(state.OpenVPN, "2.6.14-1+deb13u2") }

// openTunnels makes the network interfaces of the active servers, as OpenVPN does when it
// starts, and removes the others.
func (m Machine) openTunnels(state memory) error {
	const folder = "/sys/class/net/"
	entries, _ := os.ReadDir(m.path(folder))
	var err error
	for _, entry := range entries {
		err = errors.Join(err, os.RemoveAll(m.path(folder+entry.Name())))
	}
	for unit := range state.Active {
		config := m.read("/etc/openvpn/server/" + instanceOf(unit) + ".conf")
		_, rest, found := strings.Cut(config, "\ndev ")
		if !found {
			continue
		}
		device, _, _ := strings.Cut(rest, "\n")
		if m.offloads(state, config) {
			err = errors.Join(err, m.write(folder+device+"/uevent", fmt.Sprintf("DEVTYPE=ovpn\nINTERFACE=%s\nIFINDEX=3\n", device)))
		} else {
			err = errors.Join(err, m.write(folder+device+"/uevent", fmt.Sprintf("INTERFACE=%s\nIFINDEX=3\n", device)),
				m.write(folder+device+"/tun_flags", "0x1001\n"))
		}
	}
	return err
}

// offloads reports whether OpenVPN uses the kernel's data path for a configuration:
// dco_check_option and dco_check_startup_option in OpenVPN's dco.c.
func (m Machine) offloads(state memory, config string) bool {
	modules := "/lib/modules/" + strings.TrimSpace(m.read("/proc/sys/kernel/osrelease")) + "/modules."
	return strings.HasPrefix(state.version(), "2.7.") && strings.Contains(m.read(modules+"dep")+m.read(modules+"builtin"), "/ovpn.ko") &&
		!strings.Contains(config, "\ndisable-dco\n") && !strings.Contains(config, "AES-256-CBC:")
}
