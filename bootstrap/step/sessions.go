package step

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"slices"
	"syscall"
	"time"

	"tripvpn/bootstrap/host"
	"tripvpn/bootstrap/management"
)

// Sessions is an OpenVPN server with only admitted clients connected, each with its own
// address. OpenVPN reads both only when a client connects, so Apply ends sessions from
// before a change.
type Sessions struct {
	Socket   string                // of OpenVPN's management interface
	Admitted map[string]netip.Addr // common name to IPv4 address inside the tunnel
}

// Name is "sessions at " and the socket's path.
func (s Sessions) Name() string { return "sessions at " + s.Socket }

// Check compares the connected clients with the admitted ones. A server that does not
// run has none. The reasons contain no client's public address, because the host's
// output is stored in the Pulumi state.
func (s Sessions) Check(ctx context.Context, r host.Reader) (c Change, err error) {
	wrong, err := s.wrong(ctx, r)
	for _, client := range wrong {
		_, admitted := s.Admitted[client.Name]
		c.add(!admitted, fmt.Sprintf("%q is connected but not admitted", client.Name))
		c.add(admitted, fmt.Sprintf("%q is connected with an address other than its own", client.Name))
	}
	return c, err
}

const (
	// cutTimeout bounds the time until all sessions have ended. OpenVPN ends one at once.
	cutTimeout = 5 * time.Second

	// noticeDelay is the time for OpenVPN to send a client its notice. OpenVPN sends it
	// when it is next idle, and a session that is cut earlier discards it.
	noticeDelay = 300 * time.Millisecond
)

// Apply notifies the clients, and then ends their sessions whether or not the notice
// arrived. The notice orders a client that is not admitted to exit, and one whose
// address has changed to reconnect.
func (s Sessions) Apply(ctx context.Context, w host.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, cutTimeout)
	defer cancel()
	wrong, err := s.wrong(ctx, w)
	if err != nil {
		return err
	}
	if err := s.send(ctx, w, wrong, s.notice); err != nil {
		return err
	}
	for {
		select {
		case <-time.After(noticeDelay):
		case <-ctx.Done():
			return fmt.Errorf("ending sessions: OpenVPN at %q does not end them: %w", s.Socket, ctx.Err())
		}
		wrong, err := s.wrong(ctx, w)
		if err != nil || len(wrong) == 0 {
			return err
		}
		if err := s.send(ctx, w, wrong, func(c management.Client) string { return management.CutCommand(c.Name) }); err != nil {
			return err
		}
	}
}

// notice is the command that notifies a client of the end of its session.
func (s Sessions) notice(c management.Client) string {
	if _, admitted := s.Admitted[c.Name]; admitted {
		return management.RestartCommand(c.ID)
	}
	return management.HaltCommand(c.ID)
}

// send sends a command for each client. OpenVPN refuses a command only if the client
// has left in the meantime.
func (s Sessions) send(ctx context.Context, w host.Writer, clients []management.Client, command func(management.Client) string) error {
	for _, client := range clients {
		_, err := w.Tell(ctx, s.Socket, command(client))
		if refusal := host.Refusal(""); err != nil && !errors.As(err, &refusal) {
			return fmt.Errorf("ending the session of %q: %w", client.Name, err)
		}
	}
	return nil
}

// wrong returns the clients whose sessions must end.
func (s Sessions) wrong(ctx context.Context, r host.Reader) ([]management.Client, error) {
	answer, err := r.Ask(ctx, s.Socket, management.StatusCommand)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	clients, err := management.ParseStatus(answer)
	return slices.DeleteFunc(clients, func(c management.Client) bool { return s.Admitted[c.Name] == c.Address }), err
}
