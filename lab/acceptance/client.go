package acceptance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"time"

	"tripvpn/lab/fabric/netns"
	"tripvpn/lab/traveller"
)

// client is an OpenVPN client in the namespace, and a web browser.
type client struct {
	namespace string
	page      *url.URL
	address   netip.AddrPort // of the page's server, looked up outside the namespace
	session   *traveller.Session
}

// newClient looks the page's server up before there is a tunnel: in the namespace there
// is no name server.
func newClient(ctx context.Context, namespace string, page *url.URL) (*client, error) {
	addresses, err := net.DefaultResolver.LookupNetIP(ctx, "ip4", page.Hostname())
	if err != nil {
		return nil, fmt.Errorf("looking up the server of page %q: %w", page, err)
	}
	number, err := net.DefaultResolver.LookupPort(ctx, "tcp", portOf(page))
	if err != nil {
		return nil, fmt.Errorf("looking up the port of page %q: %w", page, err)
	}
	return &client{namespace: namespace, page: page, address: netip.AddrPortFrom(addresses[0].Unmap(), uint16(number))}, nil
}

func portOf(page *url.URL) string {
	if page.Port() != "" {
		return page.Port()
	}
	return page.Scheme
}

// connect starts openvpn with a profile, and waits for the tunnel.
func (c *client) connect(ctx context.Context, profile string) error {
	session, err := traveller.Start(func(ctx context.Context) *exec.Cmd {
		// Since OpenVPN 2.7, a client changes the resolver of the machine, which is not in
		// the namespace. Older ones ignore the option.
		command := exec.CommandContext(ctx, "nsenter", "--net="+netns.Path(c.namespace), "openvpn", "--config", profile,
			"--setenv", "opt", "dns-updown", "disable")
		command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
		return command
	})
	if err != nil {
		return err
	}
	c.session = session
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return session.AwaitConnected(ctx)
}

// disconnect ends the client, if it runs.
func (c *client) disconnect(ctx context.Context) error {
	if c.session == nil {
		return nil
	}
	session := c.session
	c.session = nil
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	return session.Disconnect(ctx)
}

// reconnects is how often the client has connected again.
func (c *client) reconnects() int {
	return strings.Count(c.session.Log(), "Initialization Sequence Completed") - 1
}

// seen returns the address that the page's server sees.
func (c *client) seen(ctx context.Context) (netip.Addr, error) {
	transport := &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return netns.Dial(ctx, c.namespace, network, c.address.String())
		},
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.page.String(), nil)
	if err != nil {
		return netip.Addr{}, err
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return netip.Addr{}, fmt.Errorf("fetching page %q: %w", c.page, err)
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, 100))
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return netip.Addr{}, fmt.Errorf("fetching page %q: %w", c.page, err)
	}
	address, err := netip.ParseAddr(strings.TrimSpace(string(text)))
	if err != nil || response.StatusCode != http.StatusOK {
		return netip.Addr{}, fmt.Errorf("fetching page %q: it answered %s %q, not an address", c.page, response.Status, text)
	}
	return address, nil
}
