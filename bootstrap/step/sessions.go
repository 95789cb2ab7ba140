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

// Sessions is an OpenVPN server to which no device is connected but those that
// are admitted, each with its own address. OpenVPN reads both when a device
// connects and not again, so a session from before a change has to be ended.
type Sessions struct {
	Socket   string                // of OpenVPN's management interface
	Admitted map[string]netip.Addr // common name to IPv4 address inside the tunnel
}

// Name is the socket's path.
func (s Sessions) Name() string { return "sessions at " + s.Socket }

// Check asks which devices are connected; to a server that does not run, none
// are. Where a device comes from stays out of the reasons, because the
// program's state keeps what a host prints.
func (s Sessions) Check(ctx context.Context, r host.Reader) (c Change, err error) {
	wrong, err := s.wrong(ctx, r)
	for _, client := range wrong {
		_, admitted := s.Admitted[client.Name]
		c.add(!admitted, fmt.Sprintf("%q is connected and not admitted", client.Name))
		c.add(admitted, fmt.Sprintf("%q is connected with another address than its own", client.Name))
	}
	return c, err
}

const (
	// cutPatience is how long a session may take to end, which is done at once.
	cutPatience = 5 * time.Second

	// farewell is how long OpenVPN has to send what it tells a client: it does
	// so when it next has nothing else to do, and a session that is cut before
	// takes the message with it.
	farewell = 300 * time.Millisecond
)

// Apply tells the devices and then ends their sessions, whether they heard it
// or not. A device that is not admitted is told to give up; one that has
// another address by now is told to connect again.
func (s Sessions) Apply(ctx context.Context, w host.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, cutPatience)
	defer cancel()
	wrong, err := s.wrong(ctx, w)
	if err != nil {
		return err
	}
	if err := s.order(ctx, w, wrong, s.farewell); err != nil {
		return err
	}
	for {
		select {
		case <-time.After(farewell):
		case <-ctx.Done():
			return fmt.Errorf("ending sessions: OpenVPN at %q keeps them: %w", s.Socket, ctx.Err())
		}
		wrong, err := s.wrong(ctx, w)
		if err != nil || len(wrong) == 0 {
			return err
		}
		if err := s.order(ctx, w, wrong, func(c management.Client) string { return management.CutCommand(c.Name) }); err != nil {
			return err
		}
	}
}

// farewell is the command that tells a device why its session ends.
func (s Sessions) farewell(c management.Client) string {
	if _, admitted := s.Admitted[c.Name]; admitted {
		return management.RestartCommand(c.ID)
	}
	return management.HaltCommand(c.ID)
}

// order gives a command about each client. One that OpenVPN refuses was about a
// client that has left meanwhile.
func (s Sessions) order(ctx context.Context, w host.Writer, clients []management.Client, command func(management.Client) string) error {
	for _, client := range clients {
		_, err := w.Tell(ctx, s.Socket, command(client))
		if refusal := host.Refusal(""); err != nil && !errors.As(err, &refusal) {
			return fmt.Errorf("ending the session of %q: %w", client.Name, err)
		}
	}
	return nil
}

// wrong are the clients whose sessions have to end.
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
