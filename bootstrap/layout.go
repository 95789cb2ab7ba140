package main

import "path/filepath"

// Paths and unit names on the host.
const (
	configDir       = "/etc/tripvpn"
	specPath        = configDir + "/spec.json"
	rulesPath       = configDir + "/iptables.rules"
	rules6Path      = configDir + "/ip6tables.rules"
	recordDir       = "/var/lib/tripvpn"
	scriptPath      = "/usr/local/sbin/tripvpn-firewall"
	admitsPath      = "/usr/local/sbin/tripvpn-admits"
	routePath       = "/usr/local/sbin/tripvpn-route"
	sysctlPath      = "/etc/sysctl.d/60-tripvpn.conf"
	modulesPath     = "/etc/modules-load.d/tripvpn.conf"
	unitDir         = "/etc/systemd/system"
	firewallService = "tripvpn-firewall.service"
	openvpnDir      = "/etc/openvpn/server"
)

// instance names the files and the unit of one OpenVPN server.
type instance struct{ name string }

func (i instance) unit() string            { return "openvpn-server@" + i.name + ".service" }
func (i instance) dropIn() string          { return filepath.Join(unitDir, i.unit()+".d", "tripvpn.conf") }
func (i instance) config() string          { return filepath.Join(openvpnDir, i.name+".conf") }
func (i instance) dir() string             { return filepath.Join(openvpnDir, i.name) }
func (i instance) file(name string) string { return filepath.Join(i.dir(), name) }
func (i instance) record() string          { return filepath.Join(recordDir, i.name+".started") }

// runtimeDirectory is below /run, and exists while the unit runs: systemd.exec(5).
func (i instance) runtimeDirectory() string { return filepath.Join("tripvpn", i.name) }

func (i instance) runDir() string           { return filepath.Join("/run", i.runtimeDirectory()) }
func (i instance) managementSocket() string { return filepath.Join(i.runDir(), "management.sock") }

// credential is the path of a key for the running service: systemd.exec(5),
// LoadCredential.
func (i instance) credential(name string) string {
	return filepath.Join("/run/credentials", i.unit(), name)
}

// File names in an instance's directory.
const (
	issuersFile           = "ca.crt"
	certificateFile       = "server.crt"
	keyFile               = "server.key"
	controlChannelKeyFile = "control-channel.key"
	clientsDir            = "clients"
	revokedDir            = "revoked"
)
