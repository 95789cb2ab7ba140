package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"net/netip"
	"strings"
	"text/tabwriter"
	"time"

	"tripvpn/bootstrap/host"
	"tripvpn/bootstrap/management"
	"tripvpn/bootstrap/pki"
)

// statusReport is what status prints with -json. Fields are added to it,
// never taken away. Times are in UTC.
type statusReport struct {
	Servers []serverStatus `json:"servers"`
}

// serverStatus is one OpenVPN server of the host.
type serverStatus struct {
	Name    string         `json:"name"`
	Error   string         `json:"error"`   // why OpenVPN does not say who is connected; else ""
	Clients []clientStatus `json:"clients"` // who is connected
	Expiry  []expiryStatus `json:"expiry"`  // certificates, and CRLs
}

// clientStatus is a client that is connected.
type clientStatus struct {
	Name          string     `json:"name"`
	From          string     `json:"from"`     // address and port that it comes from
	Address       netip.Addr `json:"address"`  // inside the tunnel, IPv4
	Address6      netip.Addr `json:"address6"` // inside the tunnel, IPv6
	Since         time.Time  `json:"since"`
	BytesReceived uint64     `json:"bytesReceived"` // from the client
	BytesSent     uint64     `json:"bytesSent"`     // to the client
}

// expiryStatus is something that runs out.
type expiryStatus struct {
	What     string    `json:"what"`
	NotAfter time.Time `json:"notAfter"`
	DaysLeft int       `json:"daysLeft"` // whole days; negative when it is over
}

// status tells who is connected, and what runs out when. It reads no secret.
func (p program) status(ctx context.Context, opts options) (int, error) {
	r := host.NewReader(opts.root, p.commands(opts.root))
	servers, err := instances(r)
	if err != nil {
		return exitError, err
	}
	report, code := statusReport{Servers: []serverStatus{}}, exitConverged
	for _, server := range servers {
		status, err := p.serverStatus(ctx, opts, r, server)
		if err != nil {
			return exitError, err
		}
		if status.Error != "" {
			code = exitError
		}
		report.Servers = append(report.Servers, status)
	}
	if opts.json {
		return code, printJSON(p.stdout, report)
	}
	return code, report.print(p.stdout, p.now())
}

// instances finds the servers that have a configuration and a directory.
func instances(r host.Reader) ([]instance, error) {
	names, err := r.ReadDir(openvpnDir)
	if err != nil {
		return nil, fmt.Errorf("looking for servers: %w", err)
	}
	var all []instance
	for _, name := range names {
		name, isConfig := strings.CutSuffix(name, ".conf")
		if !isConfig {
			continue
		}
		made, err := host.Exists(r, instance{name}.file(certificateFile))
		if err != nil {
			return nil, fmt.Errorf("looking for servers: %w", err)
		}
		if made {
			all = append(all, instance{name})
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("looking for servers in %q: there is none; tripvpn-bootstrap apply makes one", openvpnDir)
	}
	return all, nil
}

func (p program) serverStatus(ctx context.Context, opts options, r host.Reader, i instance) (serverStatus, error) {
	status := serverStatus{Name: i.name, Clients: []clientStatus{}}
	expiry, err := p.expiry(r, i)
	if err != nil {
		return status, err
	}
	status.Expiry = expiry
	answer, err := p.ask(ctx, opts.root, i.managementSocket(), management.StatusCommand)
	if err != nil {
		status.Error = err.Error()
		return status, nil
	}
	clients, err := management.ParseStatus(answer)
	if err != nil {
		status.Error = err.Error()
	}
	for _, c := range clients {
		status.Clients = append(status.Clients, clientStatus{Name: c.Name, From: c.From, Address: c.Address, Address6: c.Address6,
			Since: c.Since, BytesReceived: c.BytesReceived, BytesSent: c.BytesSent})
	}
	return status, nil
}

// expiry reads the files that are no secret.
func (p program) expiry(r host.Reader, i instance) ([]expiryStatus, error) {
	content := map[string]string{}
	for _, name := range []string{certificateFile, issuersFile, crlsFile} {
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
	chain, err := pki.ParseChain(leaf, content[issuersFile], content[crlsFile])
	if err != nil {
		return nil, fmt.Errorf("reading certificates of %q: %w", i.name, err)
	}
	return []expiryStatus{
		p.expires("server certificate", chain.Leaf.NotAfter),
		p.expires("intermediate certificate", chain.Intermediate.NotAfter),
		p.expires("root certificate", chain.Root.NotAfter),
		p.expires("intermediate's CRL", chain.IntermediateCRL.NextUpdate),
		p.expires("root's CRL", chain.RootCRL.NextUpdate),
	}, nil
}

func (p program) expires(what string, at time.Time) expiryStatus {
	return expiryStatus{What: what, NotAfter: at.UTC(), DaysLeft: int(math.Floor(at.Sub(p.now()).Hours() / 24))}
}

// print writes tables for humans.
func (s statusReport) print(w io.Writer, now time.Time) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, server := range s.Servers {
		fmt.Fprintf(table, "server %s: %s\n\n", server.Name, server.headline())
		if len(server.Clients) > 0 {
			fmt.Fprintln(table, "CLIENT\tFROM\tADDRESS\tADDRESS (IPv6)\tSINCE\tRECEIVED\tSENT")
		}
		for _, c := range server.Clients {
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s ago\t%d\t%d\n", c.Name, c.From, orDash(c.Address), orDash(c.Address6),
				now.Sub(c.Since).Truncate(time.Second), c.BytesReceived, c.BytesSent)
		}
		fmt.Fprintln(table, "\nRUNS OUT\tON\tDAYS LEFT")
		for _, e := range server.Expiry {
			fmt.Fprintf(table, "%s\t%s\t%d\n", e.What, e.NotAfter.Format("2006-01-02"), e.DaysLeft)
		}
	}
	return table.Flush()
}

func (s serverStatus) headline() string {
	if s.Error != "" {
		return "OpenVPN does not answer: " + s.Error
	}
	return fmt.Sprintf("%d connected", len(s.Clients))
}

func orDash(a netip.Addr) string {
	if !a.IsValid() {
		return "-"
	}
	return a.String()
}
