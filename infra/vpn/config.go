package vpn

import (
	"net/netip"
	"slices"
	"time"
)

// Config is what the operator asked for, checked: every value in it can be
// used as it is.
type Config struct {
	Name         string
	Regions      []string // in the order in which profiles list them
	Clients      []string
	Revoked      []string // those of the clients that are refused
	InstanceType string
	CPUCredits   CPUCredits // of types that have them
	Architecture Architecture
	Image        Image
	Admins       []netip.Prefix // who may reach SSH; empty means the operator's own address
	Subnet       netip.Prefix   // tunnel addresses, IPv4
	Cryptography Cryptography

	Domain        Domain
	AddressSerial int       // of the servers' addresses: another number is another address
	End           time.Time // when the servers end themselves; the zero value is never
}

// Admits says whether a client may connect.
func (c Config) Admits(client string) bool { return !slices.Contains(c.Revoked, client) }

// Check turns settings into a Config, or says everything that is wrong with
// them at that time. It asks nobody: what only AWS can know is for a survey to
// find out.
func Check(s Settings, now time.Time) (Config, Problems) {
	var problems Problems
	found := func(p ...Problem) { problems = append(problems, p...) }

	found(checkName(s.Name)...)
	found(checkRegions(s.Regions)...)
	found(checkClients(s.Clients)...)
	found(checkRevoked(s.Revoked, s.Clients)...)
	architecture, wrong := architectureOf(s.InstanceType)
	found(wrong...)
	credits, wrong := cpuCreditsOf(s.CPUCredits)
	found(wrong...)
	image, wrong := imageOf(s.Image, len(s.Regions))
	found(wrong...)
	admins, wrong := adminsOf(s.AdminCIDRs)
	found(wrong...)
	subnet, wrong := subnetOf(s.Subnet, len(s.Clients))
	found(wrong...)
	cryptography, wrong := cryptographyOf(s)
	found(wrong...)
	domain, wrong := domainOf(s.Domain, s.Zone)
	found(wrong...)
	found(checkAddressSerial(s.AddressSerial)...)
	end, wrong := endOfTrip(s.Until, now)
	found(wrong...)

	return Config{
		Name:         s.Name,
		Regions:      s.Regions,
		Clients:      s.Clients,
		Revoked:      s.Revoked,
		InstanceType: s.InstanceType,
		CPUCredits:   credits,
		Architecture: architecture,
		Image:        image,
		Admins:       admins,
		Subnet:       subnet,
		Cryptography: cryptography,

		Domain:        domain,
		AddressSerial: s.AddressSerial,
		End:           end,
	}, problems
}
