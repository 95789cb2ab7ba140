package main

import (
	"net/netip"
	"path/filepath"
	"slices"

	"tripvpn/bootstrap/step"
	"tripvpn/internal/pki"
	"tripvpn/internal/spec"
	"tripvpn/templates"
)

// stepsFor returns the steps for a spec, in order: shutdown timer, SSH,
// updates, firewall, forwarding, servers, logs. So the shutdown is scheduled before
// anything else, the firewall is loaded before the host forwards, and the host forwards
// before it serves. Logs from before are deleted when nothing writes any more of them: an
// OpenVPN that ends logs its clients' addresses.
//
// The last step keeps the spec, so the kept spec was applied completely once. plan,
// verify and apply without -spec use it. After a run that was cut off, the sender still
// has the new spec and applies it again. A spec without identity is not kept, because
// it would replace a complete one.
func stepsFor(s spec.Spec) ([]step.Step, error) {
	end, err := endSteps(s.Until)
	if err != nil {
		return nil, err
	}
	ssh, err := sshSteps(s.Logs)
	if err != nil {
		return nil, err
	}
	updates, err := updateSteps(s.Maintenance)
	if err != nil {
		return nil, err
	}
	network, err := networkSteps(s)
	if err != nil || s.Identity == nil {
		return slices.Concat(end, ssh, updates, network), err
	}
	servers, err := serversSteps(s)
	if err != nil {
		return nil, err
	}
	logs, err := logSteps(s.Logs)
	if err != nil {
		return nil, err
	}
	kept, err := s.Encode()
	if err != nil {
		return nil, err
	}
	return append(slices.Concat(end, ssh, updates, network, servers, logs), step.File{Path: specPath, Mode: 0o600, Content: string(kept), Secret: true}), nil
}

func networkSteps(s spec.Spec) ([]step.Step, error) {
	var text texts
	view, view6 := tunnels(s)
	rules, rules6 := text.of(view), text.of(view6)
	script := text.of(templates.FirewallScript{Rules: rulesPath, Rules6: rules6Path})
	service := text.of(templates.FirewallService{Script: scriptPath})
	sysctl := text.of(templates.Sysctl{})
	return []step.Step{
		step.Dir{Path: configDir, Mode: 0o700},
		step.File{Path: rulesPath, Mode: 0o600, Content: rules},
		step.File{Path: rules6Path, Mode: 0o600, Content: rules6},
		step.File{Path: scriptPath, Mode: 0o755, Content: script},
		step.File{Path: filepath.Join(unitDir, firewallService), Mode: 0o644, Content: service},
		step.Unit{Unit: firewallService},
		step.Firewall{Unit: firewallService, Families: []step.Family{
			{Save: "iptables-save", Rules: rules},
			{Save: "ip6tables-save", Rules: rules6},
		}},
		step.File{Path: modulesPath, Mode: 0o644, Content: text.of(templates.Modules{})},
		step.Sysctl{File: step.File{Path: sysctlPath, Mode: 0o644, Content: sysctl}},
	}, text.err
}

// tunnels returns the firewall's view of the listeners in each address family.
func tunnels(s spec.Spec) (v4 templates.Rules, v6 templates.Rules6) {
	v6.Forward = s.IPv6
	for _, l := range s.Listeners {
		tunnel := templates.Tunnel{Device: l.Device, Subnet: l.Subnet, Protocol: string(l.Protocol), Port: l.Port}
		v4.Tunnels = append(v4.Tunnels, tunnel)
		tunnel.Subnet = l.Subnet6
		v6.Tunnels = append(v6.Tunnels, tunnel)
	}
	return v4, v6
}

// serversSteps ends sessions only after every server refuses the clients in question,
// so that they cannot reconnect.
func serversSteps(s spec.Spec) ([]step.Step, error) {
	var text texts
	steps := []step.Step{
		step.File{Path: admitsPath, Mode: 0o755, Content: text.of(templates.Admits{})},
		step.File{Path: routePath, Mode: 0o755, Content: text.of(templates.RouteScript{})},
	}
	if text.err != nil {
		return nil, text.err
	}
	steps = append(steps, retired(s)...)
	for _, l := range s.Listeners {
		server, err := serverSteps(s, l)
		if err != nil {
			return nil, err
		}
		steps = append(steps, server...)
	}
	for _, l := range s.Listeners {
		steps = append(steps, step.Sessions{Socket: instance{l.Instance}.managementSocket(), Admitted: addresses(l, s.Identity.Clients)})
	}
	return steps, nil
}

// retired returns the step that removes the listener on TCP, if the spec has none any
// more. The directories stay, with the devices' addresses in the tunnel.
func retired(s spec.Spec) []step.Step {
	i := instance{spec.TCPInstance(s.Trip)}
	if slices.ContainsFunc(s.Listeners, func(l spec.Listener) bool { return l.Instance == i.name }) {
		return nil
	}
	return []step.Step{step.Absent{Unit: i.unit(), Files: []string{
		i.config(), i.dropIn(), i.record(), i.file(issuersFile), i.file(certificateFile), i.file(keyFile),
		i.file(controlChannelKeyFile),
	}}}
}

func serverSteps(s spec.Spec, l spec.Listener) ([]step.Step, error) {
	i, id := instance{l.Instance}, s.Identity
	inputs, err := startFiles(s, l)
	if err != nil {
		return nil, err
	}
	steps := []step.Step{
		step.Dir{Path: i.dir(), Mode: 0o755}, // OpenVPN is not root
		step.Dir{Path: filepath.Dir(i.dropIn()), Mode: 0o755},
	}
	for _, file := range inputs {
		steps = append(steps, file)
	}
	clients := step.Dir{Path: i.file(clientsDir), Mode: 0o755}
	entries, err := clientFiles(clients.Path, l, id.Clients)
	if err != nil {
		return nil, err
	}
	revoked := step.Dir{Path: i.file(revokedDir), Mode: 0o755}
	return append(steps,
		// OpenVPN reads these at each connection, so they need no restart:
		// verify_check_crl_dir and verify_final_auth_checks in ssl_verify.c.
		step.DirEntries{Dir: revoked, Files: revokedFiles(revoked.Path, id.Revoked)},
		step.DirEntries{Dir: clients, Files: entries},
		step.Unit{Unit: i.unit()},
		step.Service{Unit: i.unit(), Inputs: inputs, Record: i.record()},
	), nil
}

// revokedFiles returns a file in dir for each revoked certificate, which its serial
// number names in decimal: openvpn(8), --crl-verify with the flag dir. OpenVPN 2.6 does
// not reload signed lists reliably: it removes only every other one that it has
// (backend_tls_ctx_reload_crl in ssl_openssl.c), so an old list can stay in force.
func revokedFiles(dir string, serials []string) []step.File {
	var files []step.File
	for _, serial := range serials {
		files = append(files, step.File{Path: filepath.Join(dir, serial), Mode: 0o644})
	}
	return files
}

// clientFiles returns the files in dir that admit clients to a listener.
func clientFiles(dir string, l spec.Listener, clients []spec.Client) ([]step.File, error) {
	var text texts
	var files []step.File
	for _, client := range clients {
		address, address6 := l.Addresses(client.Number)
		view := templates.ClientConfig{Address: netip.PrefixFrom(address, l.Subnet.Bits()),
			Address6: netip.PrefixFrom(address6, l.Subnet6.Bits())}
		files = append(files, step.File{Path: filepath.Join(dir, client.Name), Mode: 0o644, Content: text.of(view)})
	}
	return files, text.err
}

// addresses maps the clients' names to their IPv4 addresses in a listener's tunnel.
func addresses(l spec.Listener, clients []spec.Client) map[string]netip.Addr {
	all := map[string]netip.Addr{}
	for _, client := range clients {
		all[client.Name], _ = l.Addresses(client.Number)
	}
	return all
}

// maxClients returns the limit for clients and handshakes of a server for that many
// devices: four times as many, and at least 64. Each needs about 150 kB. The limit
// grows in powers of two, because OpenVPN restarts for a new value.
func maxClients(devices int) int {
	room := 64
	for room < 4*devices {
		room *= 2
	}
	return room
}

// maxMemory returns the limit in bytes for a server with that limit of clients: more than
// they need (see maxClients), because the kernel counts the buffers of their TCP
// connections, too.
func maxMemory(clients int) int { return (64 + clients/4) << 20 }

// startFiles returns the files that OpenVPN, or systemd for it, reads only at its start.
// Clients have only the root certificate, so the server sends the intermediate with its
// own.
func startFiles(s spec.Spec, l spec.Listener) ([]step.File, error) {
	i, id := instance{l.Instance}, s.Identity
	var text texts
	config := text.of(templates.Server{
		Name: l.Instance, Protocol: string(l.Protocol), Port: l.Port, Device: l.Device, Subnet: l.Subnet, Subnet6: l.Subnet6,
		DNS: id.DNS, Classic: id.Style == spec.Classic, Process: id.DataPath == spec.UserSpace, MaxClients: maxClients(len(id.Clients)),
		Directory: i.dir(), Key: i.credential(keyFile), RunDirectory: i.runDir(), Route: routePath, Admits: admitsPath,
		Silent: s.Logs == spec.NoLogs, ControlChannel: string(id.ControlChannel.Mode), ControlChannelKey: i.credential(controlChannelKeyFile),
	})
	dropIn := text.of(serverDropIn(s, l))
	intermediate, err := pki.First(id.CA)
	if err != nil {
		return nil, err
	}
	return []step.File{
		{Path: i.file(issuersFile), Mode: 0o644, Content: id.CA, Record: i.record()},
		{Path: i.file(certificateFile), Mode: 0o644, Content: id.Certificate + intermediate, Record: i.record()},
		{Path: i.file(keyFile), Mode: 0o600, Content: id.Key.Reveal(), Secret: true, Record: i.record()},
		{Path: i.file(controlChannelKeyFile), Mode: 0o600, Content: id.ControlChannel.Key.Reveal(), Secret: true, Record: i.record()},
		{Path: i.config(), Mode: 0o644, Content: config, Record: i.record()},
		{Path: i.dropIn(), Mode: 0o644, Content: dropIn, Record: i.record()},
	}, text.err
}

// serverDropIn limits the log to what the devices need to connect once, about forty lines
// each. journald multiplies the limit by two or more.
func serverDropIn(s spec.Spec, l spec.Listener) templates.ServerDropIn {
	i, clients := instance{l.Instance}, maxClients(len(s.Identity.Clients))
	return templates.ServerDropIn{
		Name: i.name, FirewallService: firewallService, Directory: i.dir(), RuntimeDirectory: i.runtimeDirectory(),
		ConfigDirectory: configDir, Route: routePath, Admits: admitsPath, LowPort: l.Port < 1024, Silent: s.Logs == spec.NoLogs,
		MemoryMax: maxMemory(clients), LogLines: 4 * clients,
	}
}

// texts renders views, and keeps the first error.
type texts struct{ err error }

func (t *texts) of(view interface{ Render() (string, error) }) string {
	text, err := view.Render()
	if t.err == nil {
		t.err = err
	}
	return text
}
