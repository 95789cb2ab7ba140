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
	unitDir         = "/etc/systemd/system"
	firewallService = "tripvpn-firewall.service"
	openvpnDir      = "/etc/openvpn/server"
	runDir          = "/run/openvpn-server" // made by the openvpn package
)

// instance names the files and the unit of one OpenVPN server.
type instance struct{ name string }

func (i instance) unit() string             { return "openvpn-server@" + i.name + ".service" }
func (i instance) dropIn() string           { return filepath.Join(unitDir, i.unit()+".d", "tripvpn.conf") }
func (i instance) config() string           { return filepath.Join(openvpnDir, i.name+".conf") }
func (i instance) dir() string              { return filepath.Join(openvpnDir, i.name) }
func (i instance) file(name string) string  { return filepath.Join(i.dir(), name) }
func (i instance) record() string           { return filepath.Join(recordDir, i.name+".started") }
func (i instance) managementSocket() string { return filepath.Join(runDir, i.name+".sock") }

// File names in an instance's directory.
const (
	issuersFile           = "ca.crt"
	certificateFile       = "server.crt"
	keyFile               = "server.key"
	controlChannelKeyFile = "control-channel.key"
	clientsDir            = "clients"
	revokedDir            = "revoked"
)
