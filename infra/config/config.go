// Package config reads and checks the operator's configuration. It accesses
// neither a cloud nor a host; package vpn makes the checks that need AWS.
package config

import (
	"net/netip"
	"slices"
	"time"

	"tripvpn/internal/spec"
)

// Config is the operator's configuration after all checks: every value is
// valid.
type Config struct {
	Name         string
	Regions      []string // profiles list them in this order
	Zones        []string // availability zones of new servers, at most one per region
	Clients      []string
	Revoked      []string // the clients that servers refuse
	InstanceType string
	CPUCredits   CPUCredits // empty for a type without CPU credits
	Architecture Architecture
	Image        Image
	Admins       []netip.Prefix // networks that may reach SSH; empty means the operator's own address
	Subnet       netip.Prefix   // tunnel addresses, IPv4
	TCPFallback  bool           // servers are also reachable over TCP
	IPv6         bool           // servers are also reachable over IPv6, and so is the Internet through them
	DNS          []netip.Addr   // resolvers of the clients
	Routes       Routes         // what clients reach through the tunnel
	Cryptography Cryptography
	DataPath     spec.DataPath // where servers encrypt and decrypt
	Logs         spec.Logs
	Maintenance  spec.Maintenance // when servers install updates

	Domain        Domain
	AddressSerial int       // another number gives each server another address
	Until         time.Time // when the servers terminate themselves; zero means never
	HandOver      bool      // there is a bucket for hand-over pages
}

// Admits reports whether a client may connect.
func (c Config) Admits(client string) bool { return !slices.Contains(c.Revoked, client) }

// Check turns settings into a Config. It returns every problem that the settings
// have at the time now. Each function that it calls checks one key or a few
// related ones, and adds to the problems.
func Check(s Settings, now time.Time) (Config, Problems) {
	var p Problems
	c := Config{
		Name:         p.name(s.Name),
		Regions:      p.regions(s.Regions),
		Zones:        p.availabilityZones(s.Zones, s.Regions),
		Clients:      p.clients(s.Clients),
		Revoked:      p.revoked(s.Revoked, s.Clients),
		InstanceType: s.InstanceType,
		Architecture: p.architecture(s.InstanceType),
		CPUCredits:   p.cpuCredits(s.CPUCredits, s.InstanceType),
		Image:        p.image(s.Image, len(s.Regions)),
		Admins:       p.admins(s.AdminCIDRs),
		Subnet:       p.subnet(s.Subnet, len(s.Clients)),
		TCPFallback:  s.TCPFallback,
		IPv6:         s.IPv6,
		DNS:          p.dns(s.DNS, s.IPv6),
		Routes:       p.routes(s.Routes, s.IPv6, s.Domain),
		Cryptography: p.cryptography(s),
		DataPath:     p.dataPath(s),
		Logs:         p.logs(s.Logs),
		Maintenance:  p.maintenance(s.MaintenanceHour),

		Domain:        p.domain(s.Domain, s.Zone),
		AddressSerial: p.addressSerial(s.AddressSerial),
		Until:         p.until(s.Until, now),
		HandOver:      s.HandOver,
	}
	return c, p
}
