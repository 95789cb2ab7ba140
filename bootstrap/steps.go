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

// stepsFor is everything that a host has to be, in the order in which it is
// made so: sure of its end before all else, closed before it forwards, and
// forwarding before it serves.
//
// The spec itself is kept last. What the host keeps is thereby a spec that it
// once was, which is what plan, verify and a bare apply have to compare it
// with; a run that was cut off before is repaired by whoever sent the spec,
// who still has it. A spec without VPN is not kept, since it would take the
// place of a whole one.
func stepsFor(s spec.Spec) ([]step.Step, error) {
	end, err := endSteps(s.Until)
	if err != nil {
		return nil, err
	}
	network, err := networkSteps(s.Network)
	if err != nil || s.VPN == nil {
		return append(end, network...), err
	}
	server, err := serverSteps(s)
	if err != nil {
		return nil, err
	}
	kept, err := s.Encode()
	if err != nil {
		return nil, err
	}
	return append(slices.Concat(end, network, server), step.File{Path: specPath, Mode: 0o600, Content: string(kept), Secret: true}), nil
}

func networkSteps(n spec.Network) ([]step.Step, error) {
	var text texts
	rules := text.of(templates.Rules{Subnet: n.Subnet, Port: n.Port})
	rules6 := text.of(templates.Rules6{Subnet: n.Subnet6, Port: n.Port})
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
		step.Sysctl{File: step.File{Path: sysctlPath, Mode: 0o644, Content: sysctl}},
	}, text.err
}

func serverSteps(s spec.Spec) ([]step.Step, error) {
	i := instance{s.VPN.Name}
	inputs, err := startFiles(s)
	if err != nil {
		return nil, err
	}
	admits, err := templates.Admits{}.Render()
	if err != nil {
		return nil, err
	}
	steps := []step.Step{
		step.File{Path: admitsPath, Mode: 0o755, Content: admits},
		step.Dir{Path: i.dir(), Mode: 0o700},
		step.Dir{Path: filepath.Dir(i.dropIn()), Mode: 0o755},
	}
	for _, file := range inputs {
		steps = append(steps, file)
	}
	clients := step.Dir{Path: i.file(clientsDir), Mode: 0o700}
	entries, addresses, err := admit(clients.Path, s)
	if err != nil {
		return nil, err
	}
	return append(steps,
		// OpenVPN reads these at each connection, so it is not restarted for
		// them: tls_ctx_reload_crl in ssl.c, verify_final_auth_checks in
		// ssl_verify.c.
		step.File{Path: i.file(crlsFile), Mode: 0o600, Content: s.VPN.CRLs},
		step.DirEntries{Dir: clients, Files: entries},
		step.Unit{Unit: i.unit()},
		step.Service{Unit: i.unit(), Inputs: inputs, Record: i.record()},
		// Only now, when nobody who is cut off can come back.
		step.Sessions{Socket: i.managementSocket(), Admitted: addresses},
	), nil
}

// admit returns a file for each client that may connect, in a directory, and
// the IPv4 address that it gives the client.
func admit(dir string, s spec.Spec) ([]step.File, map[string]netip.Addr, error) {
	var text texts
	var files []step.File
	addresses := map[string]netip.Addr{}
	for _, client := range s.VPN.Clients {
		address, address6 := s.Network.Addresses(client.Number)
		view := templates.ClientConfig{Address: netip.PrefixFrom(address, s.Network.Subnet.Bits()),
			Address6: netip.PrefixFrom(address6, s.Network.Subnet6.Bits())}
		files = append(files, step.File{Path: filepath.Join(dir, client.Name), Mode: 0o600, Content: text.of(view)})
		addresses[client.Name] = address
	}
	return files, addresses, text.err
}

// maxClients is how many clients and handshakes a server for that many devices
// has room for: four times as many, and 64 at the least. Each takes about 150 kB.
// It goes up in powers of two, because OpenVPN has to restart for another one.
func maxClients(devices int) int {
	room := 64
	for room < 4*devices {
		room *= 2
	}
	return room
}

// startFiles are the files that OpenVPN, or systemd for it, reads at its start
// alone. Clients know the root certificate alone, so the server sends the
// intermediate's with its own.
func startFiles(s spec.Spec) ([]step.File, error) {
	i := instance{s.VPN.Name}
	var text texts
	config := text.of(templates.Server{
		Name: s.VPN.Name, Port: s.Network.Port, Subnet: s.Network.Subnet, Subnet6: s.Network.Subnet6,
		DNS: s.VPN.DNS, Classic: s.VPN.Style == spec.Classic, MaxClients: maxClients(len(s.VPN.Clients)),
		Directory: i.dir(), RunDirectory: runDir, Admits: admitsPath,
		ControlChannel: string(s.VPN.ControlChannel.Mode), ControlChannelKey: i.file(controlChannelKeyFile),
	})
	dropIn := text.of(serverDropIn(i))
	intermediate, err := pki.First(s.VPN.CA)
	if err != nil {
		return nil, err
	}
	return []step.File{
		{Path: i.file(issuersFile), Mode: 0o600, Content: s.VPN.CA, Record: i.record()},
		{Path: i.file(certificateFile), Mode: 0o600, Content: s.VPN.Certificate + intermediate, Record: i.record()},
		{Path: i.file(keyFile), Mode: 0o600, Content: s.VPN.Key.Reveal(), Secret: true, Record: i.record()},
		{Path: i.file(controlChannelKeyFile), Mode: 0o600, Content: s.VPN.ControlChannel.Key.Reveal(), Secret: true, Record: i.record()},
		{Path: i.config(), Mode: 0o600, Content: config, Record: i.record()},
		{Path: i.dropIn(), Mode: 0o644, Content: dropIn, Record: i.record()},
	}, text.err
}

func serverDropIn(i instance) templates.ServerDropIn {
	return templates.ServerDropIn{Name: i.name, FirewallService: firewallService, RunDirectory: runDir}
}

// texts renders views, and remembers the first error.
type texts struct{ err error }

func (t *texts) of(view interface{ Render() (string, error) }) string {
	text, err := view.Render()
	if t.err == nil {
		t.err = err
	}
	return text
}
