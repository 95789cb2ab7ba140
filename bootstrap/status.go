package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/netip"
	"slices"
	"text/tabwriter"
	"time"

	"tripvpn/bootstrap/host"
	"tripvpn/bootstrap/management"
	"tripvpn/internal/pki"
	"tripvpn/internal/spec"
)

// statusReport is the output of status with -json. Fields may be added to it, never
// removed. Times are in UTC.
type statusReport struct {
	Servers []serverStatus `json:"servers"`        // one for each listener
	Until   time.Time      `json:"until,omitzero"` // when the host terminates itself
}

// serverStatus is one OpenVPN server of the host.
type serverStatus struct {
	Name     string         `json:"name"`
	DataPath spec.DataPath  `json:"dataPath"` // where it encrypts and decrypts, "kernel" or "user"; "" if there is neither
	Error    string         `json:"error"`    // the reason if OpenVPN does not list its clients, or ""
	Clients  []clientStatus `json:"clients"`  // connected clients, each only at the server where it connected last
	Expiry   []expiryStatus `json:"expiry"`   // certificates: the server's, its issuers', the clients'
}

// clientStatus is a connected client.
type clientStatus struct {
	Name          string     `json:"name"`
	From          string     `json:"from"`     // its address and port outside the tunnel
	Address       netip.Addr `json:"address"`  // inside the tunnel, IPv4
	Address6      netip.Addr `json:"address6"` // inside the tunnel, IPv6
	Since         time.Time  `json:"since"`
	BytesReceived uint64     `json:"bytesReceived"` // from the client
	BytesSent     uint64     `json:"bytesSent"`     // to the client
}

// expiryStatus is something that expires.
type expiryStatus struct {
	What     string    `json:"what"`
	NotAfter time.Time `json:"notAfter"`
	DaysLeft int       `json:"daysLeft"` // whole days; negative once it has expired
	Warning  string    `json:"warning"`  // the remedy, if it expires soon, or ""
}

// status lists the connected clients, and the expiry of certificates. It shows
// no secrets.
func (p program) status(ctx context.Context, opts options) (int, error) {
	r := host.NewReader(opts.root, p.commands(opts.root))
	s, err := p.readSpec(opts, r)
	if err == nil && s.Identity == nil {
		err = errors.New("the spec describes only the network, and no server")
	}
	if err != nil {
		return exitError, err
	}
	report, code := statusReport{Until: s.Until}, exitConverged
	for _, l := range s.Listeners {
		server, err := p.serverStatus(ctx, r, s, l)
		if err != nil {
			return exitError, err
		}
		if server.Error != "" {
			code = exitError
		}
		report.Servers = append(report.Servers, server)
	}
	dropLeftovers(report.Servers)
	if opts.json {
		return code, printJSON(p.stdout, report)
	}
	return code, report.print(p.stdout, p.now())
}

func (p program) serverStatus(ctx context.Context, r host.Reader, s spec.Spec, l spec.Listener) (serverStatus, error) {
	i := instance{l.Instance}
	status := serverStatus{Name: i.name, Clients: []clientStatus{}}
	status.DataPath, _ = pathInUse(r, l) // verify reports an interface that is neither
	expiry, err := p.expiry(r, i)
	if err != nil {
		return status, err
	}
	status.Expiry = append(expiry, p.clientExpiry(s)...)
	connected, err := connectedClients(ctx, r, i)
	if err != nil {
		status.Error = err.Error()
	}
	for _, c := range connected {
		status.Clients = append(status.Clients, clientStatus{Name: c.Name, From: c.From, Address: c.Address, Address6: c.Address6,
			Since: c.Since, BytesReceived: c.BytesReceived, BytesSent: c.BytesSent})
	}
	return status, nil
}

// dropLeftovers leaves each client only at the server where it connected last, or at the
// last of the servers if that was in the same second. A device has one tunnel, so a
// session of the same name at another server is what it left there when it changed the
// protocol, for example. OpenVPN keeps such a session until it has been silent for 120 s.
func dropLeftovers(servers []serverStatus) {
	newest := map[string]time.Time{}
	at := map[string]int{}
	for i, server := range servers {
		for _, c := range server.Clients {
			if !c.Since.Before(newest[c.Name]) {
				newest[c.Name], at[c.Name] = c.Since, i
			}
		}
	}
	for i := range servers {
		servers[i].Clients = slices.DeleteFunc(servers[i].Clients, func(c clientStatus) bool { return at[c.Name] != i })
	}
}

func connectedClients(ctx context.Context, r host.Reader, i instance) ([]management.Client, error) {
	answer, err := r.Ask(ctx, i.managementSocket(), management.StatusCommand)
	if err != nil {
		return nil, err
	}
	return management.ParseStatus(answer)
}

// clientExpiry lists the expiry of the clients' certificates, which the host knows only
// from the spec.
func (p program) clientExpiry(s spec.Spec) []expiryStatus {
	var all []expiryStatus
	for _, client := range s.Identity.Clients {
		all = append(all, p.expires("client "+client.Name, client.NotAfter,
			"to renew it, which changes the profile, run: "+spec.RenewCommand(s.Trip, client.Name)))
	}
	return all
}

// expiry lists the expiry of the certificates on the host. It reads no secret file.
func (p program) expiry(r host.Reader, i instance) ([]expiryStatus, error) {
	content := map[string]string{}
	for _, name := range []string{certificateFile, issuersFile} {
		data, err := r.ReadFile(i.file(name))
		if err != nil {
			return nil, fmt.Errorf("reading certificates: %w", err)
		}
		content[name] = string(data)
	}
	leaf, err := pki.First(content[certificateFile])
	if err != nil {
		return nil, fmt.Errorf("reading %q: %w", i.file(certificateFile), err)
	}
	chain, err := pki.ParseChain(leaf, content[issuersFile])
	if err != nil {
		return nil, fmt.Errorf("reading certificates of %q: %w", i.name, err)
	}
	const renew = "to renew it, run: pulumi up"
	return []expiryStatus{
		p.expires("server certificate", chain.Leaf.NotAfter, renew),
		p.expires("intermediate certificate", chain.Intermediate.NotAfter, renew),
		p.expires("root certificate", chain.Root.NotAfter, renew),
	}, nil
}

// expires describes an expiry, with the remedy if it is near.
func (p program) expires(what string, at time.Time, remedy string) expiryStatus {
	left := at.Sub(p.now())
	status := expiryStatus{What: what, NotAfter: at.UTC(), DaysLeft: int(math.Floor(left.Hours() / 24))}
	if left < spec.RenewalNotice {
		status.Warning = remedy
	}
	return status
}

// print writes tables for humans. All servers of a host have the same identity, so it
// prints only the first one's expiry.
func (s statusReport) print(w io.Writer, now time.Time) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, server := range s.Servers {
		server.print(table, now)
	}
	expiry := s.Servers[0].Expiry
	fmt.Fprintln(table, "EXPIRES\tON\tDAYS LEFT")
	for _, e := range expiry {
		fmt.Fprintf(table, "%s\t%s\t%d\n", e.What, e.NotAfter.Format("2006-01-02"), e.DaysLeft)
	}
	for _, e := range expiry {
		if e.Warning != "" {
			fmt.Fprintf(table, "\nWARNING: %s expires on %s; %s\n", e.What, e.NotAfter.Format("2006-01-02"), e.Warning)
		}
	}
	if !s.Until.IsZero() {
		fmt.Fprintf(table, "\nThis host terminates itself at %s, in %d hours.\n", s.Until.Format(time.RFC3339), int(s.Until.Sub(now).Hours()))
	}
	return table.Flush()
}

func (s serverStatus) print(w io.Writer, now time.Time) {
	fmt.Fprintf(w, "server %s: %s\n\n", s.Name, s.headline())
	if len(s.Clients) == 0 {
		return
	}
	fmt.Fprintln(w, "CLIENT\tFROM\tADDRESS\tADDRESS (IPv6)\tSINCE\tRECEIVED\tSENT")
	for _, c := range s.Clients {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s ago\t%d\t%d\n", c.Name, c.From, orDash(c.Address), orDash(c.Address6),
			now.Sub(c.Since).Truncate(time.Second), c.BytesReceived, c.BytesSent)
	}
	fmt.Fprintln(w)
}

func (s serverStatus) headline() string {
	if s.Error != "" {
		return "OpenVPN does not answer: " + s.Error
	}
	return fmt.Sprintf("%d connected, data path %s", len(s.Clients), s.DataPath)
}

func orDash(a netip.Addr) string {
	if !a.IsValid() {
		return "-"
	}
	return a.String()
}
