package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"tripvpn/internal/controlchannel"
	"tripvpn/internal/handshake"
	"tripvpn/internal/profile"
	"tripvpn/internal/spec"
)

// Limits of a look.
const (
	webPatience    = 5 * time.Second
	namePatience   = 5 * time.Second
	serverPatience = 5 * time.Second // a client's is the same: server-poll-timeout in the profile
)

// Look looks at everything outside. It takes at most half a minute.
func Look(ctx context.Context, p profile.Profile) Facts {
	f := Facts{Profile: p}
	var running sync.WaitGroup
	running.Go(func() { f.Web, f.Now = lookAtWeb(ctx, Page) })
	running.Go(func() { f.Names = lookUp(ctx, p.Remotes) })
	running.Wait()
	f.Servers = servers(p.Remotes, f.Names)
	id := f.identity()
	for i := range f.Servers {
		running.Go(func() { f.Servers[i].Contact = meet(ctx, f.Servers[i], p, id) })
	}
	running.Wait()
	met := f
	running.Go(func() { f.MTU = met.lookAtPath(ctx) })
	running.Go(func() { f.Account, f.AccountErr = met.lookAtAccount(ctx) })
	running.Wait()
	return f
}

// identity has the device's certificate, if a server can accept it.
func (f Facts) identity() handshake.Identity {
	id := handshake.Identity{Roots: x509.NewCertPool(), ServerName: f.Profile.ServerName, Now: f.time()}
	for _, root := range f.Profile.Roots {
		id.Roots.AddCert(root)
	}
	if f.valid() {
		leaf := f.Profile.Certificate
		id.Certificate = &tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: f.Profile.Key, Leaf: leaf}
	}
	return id
}

// servers are the profile's, without repetition, at each address of a name.
func servers(remotes []profile.Remote, names []Name) []Server {
	var all []Server
	for _, r := range remotes {
		for _, address := range addressesOf(r.Host, names) {
			s := Server{Remote: r, Address: netip.AddrPortFrom(address, r.Port)}
			if !slices.Contains(all, s) {
				all = append(all, s)
			}
		}
	}
	return all
}

func addressesOf(host string, names []Name) []netip.Addr {
	if address, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{address.Unmap()}
	}
	var found []netip.Addr
	for _, n := range names {
		if n.Host == host {
			found = append(append(found, n.Here...), n.Reference...)
		}
	}
	slices.SortFunc(found, netip.Addr.Compare)
	return slices.Compact(found)
}

// meet begins a handshake with a server.
func meet(ctx context.Context, s Server, p profile.Profile, id handshake.Identity) Contact {
	ctx, cancel := context.WithTimeout(ctx, serverPatience)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, string(s.Remote.Protocol), s.Address.String())
	if err != nil {
		return unconnected(err)
	}
	return contact(s.Remote.Protocol, p.Mode, handshake.Run(ctx, conn, p.Client, id))
}

func unconnected(err error) Contact {
	switch {
	case is(err, refusals):
		return Refused
	case is(err, noRoutes):
		return NoRoute
	}
	return Silent
}

func is(err error, list []error) bool {
	return slices.ContainsFunc(list, func(e error) bool { return errors.Is(err, e) })
}

// contact makes a contact of how a handshake went.
func contact(protocol spec.Protocol, mode controlchannel.Mode, r handshake.Result) Contact {
	switch r.Stage {
	case handshake.Admitted:
		return Admits
	case handshake.Known:
		return Rejects
	case handshake.Answered:
		if mode == controlchannel.TLSCryptV2 { // only then the device has a key of its own
			return Drops
		}
		return Stalls
	case handshake.Continued:
		return distrusted(r.Err)
	}
	if protocol == spec.TCP {
		return Mute
	}
	return unconnected(r.Err) // over UDP, ICMP reports it only when something was sent
}

// distrusted judges a server of which the certificate was not accepted.
func distrusted(err error) Contact {
	var server *handshake.ServerError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired: // or not valid yet
		return ServerEnded
	case errors.As(err, &server):
		return Stranger
	}
	return Stalls
}
