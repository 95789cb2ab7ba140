package doctor

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"tripvpn/internal/account"
	"tripvpn/internal/profile"
)

// Report is what a stranger who helps needs to know, without anything secret or personal.
type Report struct {
	System   string    `json:"system"` // operating system and architecture
	Time     time.Time `json:"time"`   // this machine's clock
	Mode     string    `json:"controlChannel"`
	Remotes  []string  `json:"remotes"`
	Findings []Finding `json:"findings"`
}

// NewReport judges anonymous facts, so that no finding can have a name or an address.
func NewReport(f Facts, system, architecture string) Report {
	f = anonymous(f)
	r := Report{System: system + "/" + architecture, Time: f.Now.UTC().Truncate(time.Minute), Mode: string(f.Profile.Mode)}
	for _, remote := range f.Profile.Remotes {
		r.Remotes = append(r.Remotes, remote.String())
	}
	r.Findings = Judge(f, system, "DEVICE.ovpn")
	return r
}

// anonymous returns the facts with other names and addresses: those for documentation
// (RFC 2606, 5737 and 3849), numbered, so that the same ones can be told from others.
func anonymous(f Facts) Facts {
	var a aliases
	certificate := *f.Profile.Certificate
	certificate.Subject.CommonName = "DEVICE"
	f.Profile.Certificate, f.Profile.ServerName = &certificate, "SERVER"
	f.Profile.Remotes = slices.Clone(f.Profile.Remotes)
	for i := range f.Profile.Remotes {
		f.Profile.Remotes[i] = a.remote(f.Profile.Remotes[i])
	}
	f.Names, f.Servers = slices.Clone(f.Names), slices.Clone(f.Servers)
	for i, n := range f.Names {
		f.Names[i].Host, f.Names[i].Here, f.Names[i].Reference = a.host(n.Host), a.addresses(n.Here), a.addresses(n.Reference)
	}
	for i, s := range f.Servers {
		f.Servers[i].Remote = a.remote(s.Remote)
		f.Servers[i].Address = netip.AddrPortFrom(a.address(s.Address.Addr()), s.Address.Port())
	}
	f.Account = slices.Clone(f.Account)
	for i, s := range f.Account {
		f.Account[i].Address = a.address(s.Address)
		if s.Region != "" {
			f.Account[i].Region = "REGION"
		}
	}
	if f.AccountErr != nil && !errors.Is(f.AccountErr, account.ErrNoCredentials) {
		f.AccountErr = errors.New("AWS refuses, or does not answer") // its errors have names of users
	}
	return f
}

// aliases numbers names and addresses in the order of their appearance.
type aliases struct {
	names []string
	known []netip.Addr
}

func (a *aliases) remote(r profile.Remote) profile.Remote {
	r.Host = a.host(r.Host)
	return r
}

func (a *aliases) host(host string) string {
	if address, err := netip.ParseAddr(host); err == nil {
		return a.address(address.Unmap()).String()
	}
	return fmt.Sprintf("name-%d.example", number(&a.names, host))
}

func (a *aliases) addresses(all []netip.Addr) []netip.Addr {
	var others []netip.Addr
	for _, address := range all {
		others = append(others, a.address(address))
	}
	return others
}

func (a *aliases) address(address netip.Addr) netip.Addr {
	n := number(&a.known, address)
	if address.Is4() {
		return netip.AddrFrom4([4]byte{192, 0, 2, byte(n)})
	}
	return netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, 14: byte(n >> 8), 15: byte(n)})
}

// number returns the number of a value in a list, from 1, and appends it if it is new.
func number[T comparable](list *[]T, value T) int {
	i := slices.Index(*list, value)
	if i < 0 {
		i = len(*list)
		*list = append(*list, value)
	}
	return i + 1
}
