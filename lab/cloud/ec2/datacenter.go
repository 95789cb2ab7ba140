package ec2

import (
	"context"
	"net/netip"
)

// Datacenter is the place that the stand-in's instances run in. The stand-in
// holds EC2's state and refuses what EC2 refuses; a Datacenter only
// obeys, and its arguments were checked before.
type Datacenter interface {
	// Launch boots a machine and returns once its init is running, which is
	// long before SSH answers. The machine survives its own reboots. When it
	// powers itself off, its disk and its place in the network stay, nobody
	// answers there any more, and ended is called, in a goroutine of its own and
	// not before Launch has returned. It is not called because of Stop or Terminate.
	Launch(ctx context.Context, m Machine, ended func()) error
	// Stop has a machine that runs shut down, with its place in the network as it
	// was, and cuts it off if it does not in time. What it has stays, as when it
	// powers itself off. Stopping one that is off is no error.
	Stop(ctx context.Context, region, id string) error
	// Start boots a machine that is off, from its disk and at its place in the
	// network, and returns once its init is running. Its rules and mappings hold,
	// and ended is called as after Launch.
	Start(ctx context.Context, region, id string) error
	// Terminate ends a machine that runs or is off, and removes its disk. One
	// that runs is asked to shut down, with its place in the network as it was,
	// and cut off if it does not in time. Ending one that is already gone is no
	// error.
	Terminate(ctx context.Context, region, id string) error
	// Filter replaces the rules in front of a machine. Traffic that no
	// rule admits is dropped; answers to admitted traffic pass.
	Filter(ctx context.Context, region, id string, rules []Rule) error
	// Map translates a public IPv4 address to a private one, one to one, in both
	// directions.
	Map(ctx context.Context, region string, public, private netip.Addr) error
	// Unmap removes the mapping.
	Unmap(ctx context.Context, region string, public netip.Addr) error
}

// Machine is one instance as it is launched.
type Machine struct {
	Region        string
	ID            string       // "i-0123456789abcdef0"
	Image         string       // what the datacenter boots: "debian-13"
	Type          InstanceType // zero for any
	DiskGiB       int          // of the root volume
	Gateway       netip.Prefix // the router's address and the subnet's size, 10.86.0.1/24
	Address       netip.Addr   // private IPv4
	Gateway6      netip.Prefix // the router's IPv6 address and the subnet's size; invalid without IPv6
	Address6      netip.Addr   // IPv6, globally routed; invalid without IPv6
	AuthorizedKey string       // the key pair's public key, in authorized_keys form
	UserData      string       // as given to EC2, decoded; secret
	Rules         []Rule
}

// Rule admits traffic to a machine (Ingress) or from it.
type Rule struct {
	Ingress  bool
	Protocol string       // "tcp", "udp", "icmp", "icmpv6", or "all"
	FromPort uint16       // for tcp and udp
	ToPort   uint16       // inclusive
	Peer     netip.Prefix // the senders, or the receivers
}
