// Package config reads and checks what the operator asks for. It is pure: it
// knows no cloud and no host, and what only AWS can answer is for the program to
// ask.
package config

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
	Revoked      []string // the clients that are refused
	InstanceType string
	CPUCredits   CPUCredits // empty for a type that has none
	Architecture Architecture
	Image        Image
	Admins       []netip.Prefix // networks that may reach SSH; empty means the operator's own address
	Subnet       netip.Prefix   // tunnel addresses, IPv4
	Cryptography Cryptography

	Domain        Domain
	AddressSerial int       // of the servers' addresses: another number is another address
	End           time.Time // when the servers end themselves; the zero value is never
}

// Admits reports whether a client may connect.
func (c Config) Admits(client string) bool { return !slices.Contains(c.Revoked, client) }

// Check turns settings into a Config, or returns everything that is wrong with
// them at that time. Each of the functions that it calls checks one key, and
// adds to the problems.
func Check(s Settings, now time.Time) (Config, Problems) {
	var p Problems
	c := Config{
		Name:         p.name(s.Name),
		Regions:      p.regions(s.Regions),
		Clients:      p.clients(s.Clients),
		Revoked:      p.revoked(s.Revoked, s.Clients),
		InstanceType: s.InstanceType,
		Architecture: p.architecture(s.InstanceType),
		CPUCredits:   p.cpuCredits(s.CPUCredits, s.InstanceType),
		Image:        p.image(s.Image, len(s.Regions)),
		Admins:       p.admins(s.AdminCIDRs),
		Subnet:       p.subnet(s.Subnet, len(s.Clients)),
		Cryptography: p.cryptography(s),

		Domain:        p.domain(s.Domain, s.Zone),
		AddressSerial: p.addressSerial(s.AddressSerial),
		End:           p.end(s.Until, now),
	}
	return c, p
}
