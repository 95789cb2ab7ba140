// Package traveller is a person with a laptop somewhere in the world: a
// machine with an OpenVPN client, which gets a profile and nothing else. It
// knows nothing of the server that it connects to.
package traveller

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"

	"tripvpn/lab/fabric"
	"tripvpn/lab/fabric/capture"
	"tripvpn/lab/fabric/command"
	"tripvpn/lab/fabric/netns"
	"tripvpn/lab/machine"
)

// Traveller is a traveller's machine.
type Traveller struct {
	machine *machine.Machine
	link    *fabric.Link
}

// New puts a traveller before a machine that runs.
func New(m *machine.Machine, l *fabric.Link) *Traveller { return &Traveller{m, l} }

// Machine is the traveller's machine, to look inside.
func (t *Traveller) Machine() *machine.Machine { return t.machine }

// Address is the traveller's IPv4 address outside the tunnel, invalid without IPv4.
func (t *Traveller) Address() netip.Addr { return t.link.Address() }

// Address6 is the same for IPv6.
func (t *Traveller) Address6() netip.Addr { return t.link.Address6() }

// Unplug disconnects the machine from its network until the next Plug.
func (t *Traveller) Unplug(ctx context.Context) error { return t.link.Unplug(ctx) }

// Plug brings the machine back, with the addresses of the network it is in.
func (t *Traveller) Plug(ctx context.Context) error { return t.link.Plug(ctx) }

// Roam moves the machine, while it is unplugged, to another network, and the next time
// back.
func (t *Traveller) Roam(ctx context.Context, families fabric.Families) error {
	return t.link.Roam(ctx, families)
}

// TreatUDP makes the machine's network pass, drop or reject UDP.
func (t *Traveller) TreatUDP(ctx context.Context, verdict fabric.UDP) error {
	return t.link.TreatUDP(ctx, verdict)
}

// LoginPage makes the machine's network answer with a login page at that address, until it
// gets an invalid one.
func (t *Traveller) LoginPage(ctx context.Context, at netip.AddrPort) error {
	return t.link.LoginPage(ctx, at)
}

// Capture records the frames that the machine sends and receives on its network device,
// from now on. It must be stopped before Remove.
func (t *Traveller) Capture() (*capture.Capture, error) { return t.link.Capture() }

// Impair makes the machine's network delay and lose packets.
func (t *Traveller) Impair(ctx context.Context, i fabric.Impairment) error {
	return t.link.Impair(ctx, i)
}

// LimitPackets gives the machine's network a path MTU.
func (t *Traveller) LimitPackets(ctx context.Context, p fabric.PathMTU) error {
	return t.link.LimitPackets(ctx, p)
}

// Namespace is the name of the machine's network namespace.
func (t *Traveller) Namespace() string { return t.link.Namespace() }

// Remove ends the machine, with all that runs on it.
func (t *Traveller) Remove(ctx context.Context) error {
	return errors.Join(t.machine.Remove(ctx), t.link.Remove(ctx))
}

// Place writes a file on the machine that only root can read.
func (t *Traveller) Place(ctx context.Context, path string, content []byte) error {
	cmd := t.machine.Command(ctx, "sh", "-euc", `umask 077; cat >"$1"; chmod 600 "$1"`, "sh", path)
	cmd.Stdin = strings.NewReader(string(content))
	if _, err := command.Output(cmd); err != nil {
		return fmt.Errorf("placing %q: %w", path, err)
	}
	return nil
}

// Fetch gets a URL with curl, and returns the body. A status of 400 or more is
// an error, and so is no answer within ten seconds or what the context leaves.
func (t *Traveller) Fetch(ctx context.Context, url string) (string, error) {
	return t.machine.Run(ctx, "curl", "--silent", "--show-error", "--fail", "--noproxy", "*", "--max-time", "10", url)
}

// Dial connects from the traveller's machine, through the tunnel if there is
// one. The address is numeric.
func (t *Traveller) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	return netns.Dial(ctx, t.link.Namespace(), network, address)
}

// Answer is the reaction of a port.
type Answer string

// Answers of a port.
const (
	Open    Answer = "open"    // TCP: it accepts; UDP: it replied
	Refused Answer = "refused" // an answer that no program listens
	Silent  Answer = "silent"  // nothing within the context's time
)

// Probe tests a port: by connecting over "tcp", by sending
// payload over "udp". The context must have a deadline, because silence takes
// all of it.
func (t *Traveller) Probe(ctx context.Context, network string, address netip.AddrPort, payload []byte) (Answer, error) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return "", fmt.Errorf("probing %s: the context has no deadline", address)
	}
	conn, err := t.Dial(ctx, network, address.String())
	if err != nil || network == "tcp" {
		if err == nil {
			conn.Close()
		}
		return judge(err)
	}
	defer conn.Close()
	conn.SetDeadline(deadline)
	if _, err := conn.Write(payload); err != nil {
		return judge(err)
	}
	_, err = conn.Read(make([]byte, 2048))
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return judge(err)
}
