package spec

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
)

var (
	// A trip's name becomes a systemd instance, a host name and part of a
	// certificate's common name, so it has only characters that all three allow.
	tripName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

	// A client's name becomes a certificate's common name (at most 64
	// characters, RFC 5280 appendix A.1) and part of file names.
	clientName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
)

// defaultClient is the file that OpenVPN reads for a client that has no file
// (openvpn(8), --client-config-dir).
const defaultClient = "DEFAULT"

// The Check functions below return the rule that a value breaks, as the end of
// a sentence that begins with the value. The program and the host share them.

// CheckTripName checks the name of a trip or of an instance.
func CheckTripName(name string) error {
	if !tripName.MatchString(name) {
		return errors.New("is not a lower-case letter followed by at most 31 lower-case letters, digits or hyphens")
	}
	return nil
}

// CheckClientName checks the name of a client.
func CheckClientName(name string) error {
	if name == defaultClient {
		return errors.New("would apply to every client in OpenVPN's client-config-dir")
	}
	if !clientName.MatchString(name) {
		return errors.New("is not a letter or digit followed by at most 63 letters, digits, dots, hyphens or underscores")
	}
	return nil
}

// CheckSubnet checks a tunnel's IPv4 network.
func CheckSubnet(p netip.Prefix) error {
	switch {
	case !p.Addr().Is4():
		return errors.New("is not an IPv4 network in CIDR notation")
	case p != p.Masked():
		return fmt.Errorf("is an address, not a network; the network is %s", p.Masked())
	case p.Bits() > 28:
		return errors.New("is too small; the smallest subnet is a /28")
	case p.Bits() < 16:
		return errors.New("is too large; the largest subnet that OpenVPN serves is a /16")
	case !p.Addr().IsPrivate():
		return errors.New("is not private, and would hide that part of the Internet from clients")
	}
	return nil
}

// CheckResolver checks a resolver of clients, which reach only public addresses
// through the tunnel.
func CheckResolver(a netip.Addr) error {
	if !a.IsGlobalUnicast() || a.IsPrivate() || a.Is4In6() || a.Zone() != "" {
		return errors.New("is not a public address")
	}
	return nil
}
