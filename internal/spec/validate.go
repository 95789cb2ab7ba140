package spec

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"tripvpn/internal/controlchannel"
)

// Validate returns everything that is wrong with the spec, each with field,
// value (never a secret's), rule and fix. It knows no clock: whether a
// certificate is still in force is for the host to verify.
func (s Spec) Validate() error {
	problems := []error{s.Network.validate()}
	if s.Version != Version {
		problems = append(problems, problem("version", s.Version, fmt.Sprintf("this host binary understands version %d alone", Version),
			"deploy program and host binary from one checkout"))
	}
	if s.VPN != nil {
		problems = append(problems, s.VPN.validate(), s.VPN.validateNumbers(s.Network.Subnet))
	}
	return errors.Join(problems...)
}

func (n Network) validate() error {
	var problems []error
	if n.Port == 0 {
		problems = append(problems, problem("network.port", n.Port, "a UDP port from 1 to 65535 is needed", "use 1194"))
	}
	if p := n.Subnet; !p.Addr().Is4() || p != p.Masked() || p.Bits() < 16 || p.Bits() > 28 {
		problems = append(problems, problem("network.subnet", p, "it has to be an IPv4 network of /16 to /28 without host bits", suggest(p, "10.8.0.0/24")))
	}
	if p := n.Subnet6; p.Addr().Is4() || p.Addr().Is4In6() || !p.Addr().IsPrivate() || p != p.Masked() || p.Bits() != 64 {
		problems = append(problems, problem("network.subnet6", p, "it has to be a unique local IPv6 network of /64 without host bits", suggest(p, "fd00:8::/64")))
	}
	return errors.Join(problems...)
}

func (v *VPN) validate() error {
	var problems []error
	if CheckTripName(v.Name) != nil {
		problems = append(problems, problem("vpn.name", v.Name, CheckTripName(v.Name).Error(), "use a short lower-case word"))
	}
	if v.Style != Modern && v.Style != Classic {
		problems = append(problems, problem("vpn.style", v.Style, "it has to be modern or classic", "use modern"))
	}
	problems = append(problems, validateDNS(v.DNS), validateMode(v.ControlChannel.Mode), validateClients(v.Clients), v.validateKeys())
	return errors.Join(problems...)
}

// The tunnel reaches public addresses only, so a resolver anywhere else would
// leave every client without names.
func validateDNS(resolvers []netip.Addr) error {
	if len(resolvers) == 0 {
		return problem("vpn.dns", resolvers, "clients need a resolver", "name one or more public resolvers")
	}
	var problems []error
	for i, a := range resolvers {
		if !a.IsGlobalUnicast() || a.IsPrivate() || a.Is4In6() || a.Zone() != "" || slices.Index(resolvers, a) != i {
			problems = append(problems, problem(fmt.Sprintf("vpn.dns[%d]", i), a, "it has to be a public address, and listed once", "name a public resolver"))
		}
	}
	return errors.Join(problems...)
}

func validateMode(mode controlchannel.Mode) error {
	switch mode {
	case controlchannel.TLSCryptV2, controlchannel.TLSCrypt, controlchannel.TLSAuth:
		return nil
	}
	return problem("vpn.controlChannel.mode", mode, "it has to be tls-crypt-v2, tls-crypt or tls-auth", "use tls-crypt-v2")
}

// No client at all is fine: all may have been revoked. But it has to be said.
func validateClients(clients []Client) error {
	if clients == nil {
		return problem("vpn.clients", clients, "a list is needed, although it may be empty", "name one client per device")
	}
	var problems []error
	seen := map[string]bool{}
	for i, client := range clients {
		field, name := fmt.Sprintf("vpn.clients[%d]", i), client.Name
		if client.NotAfter.IsZero() {
			problems = append(problems, problem(field+".notAfter", client.NotAfter, "the end of the client's certificate is needed", regenerate))
		}
		switch {
		case CheckClientName(name) != nil:
			problems = append(problems, problem(field, name, CheckClientName(name).Error(), "use letters and digits"))
		case seen[name]:
			problems = append(problems, problem(field, name, "it is listed twice, and a certificate used twice disconnects itself", "give each device a name of its own"))
		}
		seen[name] = true
	}
	return errors.Join(problems...)
}

// validateNumbers wants a number of its own for each client, within the subnet.
func (v *VPN) validateNumbers(subnet netip.Prefix) error {
	if !subnet.Addr().Is4() {
		return nil // already a problem of its own
	}
	var problems []error
	last := uint32(FirstNumber + Room(subnet) - 1)
	holder := map[uint32]string{}
	for i, client := range v.Clients {
		field, other := fmt.Sprintf("vpn.clients[%d].number", i), holder[client.Number]
		switch {
		case client.Number < FirstNumber || client.Number > last:
			problems = append(problems, problem(field, client.Number,
				fmt.Sprintf("the subnet %s has addresses for the numbers %d to %d", subnet, FirstNumber, last), "use a larger subnet"))
		case other != "":
			problems = append(problems, problem(field, client.Number, fmt.Sprintf("it is the number of %q", other), regenerate))
		}
		holder[client.Number] = client.Name
	}
	return errors.Join(problems...)
}

// problem is one line: field, value, rule and fix.
func problem(field string, value any, rule, fix string) error {
	return fmt.Errorf("%s %q: %s; %s", field, fmt.Sprint(value), rule, fix)
}

// suggest returns the network that was probably meant.
func suggest(p netip.Prefix, example string) string {
	if p.IsValid() && p != p.Masked() {
		return fmt.Sprintf("write %s", p.Masked())
	}
	return fmt.Sprintf("use for example %s", example)
}
