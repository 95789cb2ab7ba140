// Package doctor finds out why a profile does not connect, on the machine that has it. Look
// collects what can be seen, as Facts; Judge, which is pure, makes findings of them. No
// finding contains a key or a part of one.
package doctor

import (
	"net/netip"
	"time"

	"tripvpn/internal/account"
	"tripvpn/internal/profile"
)

// Facts are what the machine sees.
type Facts struct {
	Profile profile.Profile
	Now     time.Time // the machine's clock
	Web     Web
	Names   []Name // for each name among the profile's remotes
	Servers []Server
	MTU     MTU

	// What AWS says of the servers with IPv4 addresses, or why it says nothing.
	Account    []account.Server
	AccountErr error
}

// Web is what a page outside, whose content is known, looks like from here.
type Web struct {
	Err     error     // nil if anything has answered
	Genuine bool      // the page itself has answered
	Time    time.Time // its server's clock; zero if it tells no time
}

// Name is what resolvers answer for a name.
type Name struct {
	Host      string
	Here      []netip.Addr // the machine's resolver
	HereErr   error
	Reference []netip.Addr // a public one, over an encrypted connection
	RefErr    error
}

// Server is a remote of the profile, at one address of its host.
type Server struct {
	Remote  profile.Remote
	Address netip.AddrPort
	Contact Contact
}

// Contact is what happens between the machine and a server.
type Contact string

// Contacts.
const (
	NoRoute     Contact = "no route"         // the machine's network does not have the address family, or is down
	Silent      Contact = "silent"           // nothing comes back
	Refused     Contact = "refused"          // nothing listens on the port
	Mute        Contact = "mute"             // TCP connects, and nothing comes back that is made with the profile's key
	Drops       Contact = "drops"            // the server answers with the key, and then drops the device's
	Stalls      Contact = "stalls"           // the handshake stops before the server's certificate has arrived
	Stranger    Contact = "stranger"         // another server has the key
	ServerEnded Contact = "server has ended" // the server's certificate is not valid at this time
	Rejects     Contact = "rejects"          // the server ends the handshake when it has the device's certificate
	Admits      Contact = "admits"           // the server accepts the device's certificate
)

// Answers reports whether a server has answered with the profile's key.
func (c Contact) Answers() bool {
	switch c {
	case Drops, Stalls, Stranger, ServerEnded, Rejects, Admits:
		return true
	}
	return false
}

// MTU is the size of the largest packets that arrive at a server over UDP, with the IP
// header, without being divided.
type MTU struct {
	Bytes int   // 0 if it was not measured
	Told  bool  // the network reports that larger packets do not arrive, or none is larger
	Err   error // why it was not measured
}

// Result is the result of a check.
type Result string

// Results.
const (
	OK      Result = "ok"
	Fail    Result = "FAIL"
	Unknown Result = "unknown"
)

// Finding is a line of the doctor's.
type Finding struct {
	Check   string `json:"check"`
	Result  Result `json:"result"`
	Case    Case   `json:"case,omitempty"` // only with FAIL
	Cause   string `json:"cause"`
	Command string `json:"command,omitempty"` // what to run next
}

// Case is a fault that the doctor tells from the others.
type Case string

// Cases. docs/doctor.md explains each.
const (
	KeyMismatch       Case = "key-mismatch"
	CertificateEnded  Case = "certificate-ended"
	CertificateFuture Case = "certificate-not-yet-valid"
	ClockOff          Case = "clock-off"
	NoInternet        Case = "no-internet"
	CaptivePortal     Case = "captive-portal"
	NameUnresolved    Case = "name-unresolved"
	NameElsewhere     Case = "name-elsewhere"
	UDPBlocked        Case = "udp-blocked"
	TCPBlocked        Case = "tcp-blocked"
	AddressSilent     Case = "address-silent"
	DaemonSilent      Case = "daemon-silent"
	AnotherServer     Case = "another-server"
	ServerCertificate Case = "server-certificate"
	DeviceRefused     Case = "device-refused"
	NarrowPath        Case = "narrow-path"
	AddressUnused     Case = "aws-address"
	InstanceDown      Case = "aws-instance"
	GroupClosed       Case = "aws-security-group"
)

// Cases are all cases, in the order of the checks.
var Cases = []Case{
	KeyMismatch, CertificateEnded, CertificateFuture, NoInternet, CaptivePortal, ClockOff, NameUnresolved, NameElsewhere,
	UDPBlocked, TCPBlocked, AddressSilent, DaemonSilent, AnotherServer, ServerCertificate, DeviceRefused, NarrowPath,
	AddressUnused, InstanceDown, GroupClosed,
}
