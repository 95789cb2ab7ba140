package doctor

import (
	"context"
	"crypto/tls"
	"net"
	"net/netip"
	"slices"
	"sync"

	"tripvpn/internal/profile"
)

// The public resolver for comparison: Quad9, over TLS (RFC 7858), so that a network that
// falsifies answers cannot falsify these. It learns the profile's names, and keeps no
// addresses of those who ask.
const (
	ResolverName    = "dns.quad9.net"
	ResolverAddress = "9.9.9.9"
	resolverPort    = "853"
)

// lookUp looks up every name among the remotes.
func lookUp(ctx context.Context, remotes []profile.Remote) []Name {
	ctx, cancel := context.WithTimeout(ctx, namePatience)
	defer cancel()
	var names []Name
	for _, r := range remotes {
		_, err := netip.ParseAddr(r.Host)
		if err != nil && !slices.ContainsFunc(names, func(n Name) bool { return n.Host == r.Host }) {
			names = append(names, Name{Host: r.Host})
		}
	}
	var running sync.WaitGroup
	for i := range names {
		n := &names[i]
		running.Go(func() { n.Here, n.HereErr = addresses(ctx, net.DefaultResolver, n.Host) })
		running.Go(func() { n.Reference, n.RefErr = addresses(ctx, overTLS(), n.Host) })
	}
	running.Wait()
	return names
}

func addresses(ctx context.Context, r *net.Resolver, host string) ([]netip.Addr, error) {
	found, err := r.LookupNetIP(ctx, "ip", host)
	for i := range found {
		found[i] = found[i].Unmap()
	}
	slices.SortFunc(found, netip.Addr.Compare)
	return slices.Compact(found), err
}

// overTLS returns a resolver that asks the public one, whatever the machine is set to.
func overTLS() *net.Resolver {
	return &net.Resolver{PreferGo: true, StrictErrors: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		dialer := tls.Dialer{Config: &tls.Config{ServerName: ResolverName}}
		return dialer.DialContext(ctx, "tcp", net.JoinHostPort(ResolverAddress, resolverPort))
	}}
}
