package step

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"syscall"
	"time"

	"tripvpn/bootstrap/host"
	"tripvpn/bootstrap/management"
)

// Sessions is an OpenVPN server on which nobody is but who is admitted.
// OpenVPN asks who is admitted when a client connects, and not again, so
// whoever was on then has to be cut off.
type Sessions struct {
	Socket   string   // of OpenVPN's management interface
	Admitted []string // common names
}

// Name is the socket's path.
func (s Sessions) Name() string { return "sessions at " + s.Socket }

// Check asks who is on. A server that does not run has nobody on.
func (s Sessions) Check(ctx context.Context, r host.Reader) (c Change, err error) {
	strangers, err := s.strangers(ctx, r)
	for _, stranger := range strangers {
		c.add(true, fmt.Sprintf("%q is on, from %s, and is not admitted", stranger.Name, stranger.From))
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

// Apply tells the clients, so that they need not find out from silence, and
// then cuts their sessions whether they heard it or not. Afterwards nobody is
// on who should not be.
func (s Sessions) Apply(ctx context.Context, w host.Writer, _ Change) error {
	ctx, cancel := context.WithTimeout(ctx, cutPatience)
	defer cancel()
	strangers, err := s.strangers(ctx, w)
	if err != nil {
		return err
	}
	if err := s.order(ctx, w, strangers, func(c management.Client) string { return management.KillCommand(c.ID) }); err != nil {
		return err
	}
	for {
		select {
		case <-time.After(farewell):
		case <-ctx.Done():
			return fmt.Errorf("cutting off clients that are not admitted: OpenVPN at %q keeps them: %w", s.Socket, ctx.Err())
		}
		strangers, err := s.strangers(ctx, w)
		if err != nil || len(strangers) == 0 {
			return err
		}
		if err := s.order(ctx, w, strangers, func(c management.Client) string { return management.CutCommand(c.Name) }); err != nil {
			return err
		}
	}
}

// order gives an order about each client. One that OpenVPN refuses was about a
// client that has left meanwhile.
func (s Sessions) order(ctx context.Context, w host.Writer, clients []management.Client, command func(management.Client) string) error {
	for _, client := range clients {
		_, err := w.Tell(ctx, s.Socket, command(client))
		if refusal := host.Refusal(""); err != nil && !errors.As(err, &refusal) {
			return fmt.Errorf("cutting off %q: %w", client.Name, err)
		}
	}
	return nil
}

func (s Sessions) strangers(ctx context.Context, r host.Reader) ([]management.Client, error) {
	answer, err := r.Ask(ctx, s.Socket, management.StatusCommand)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	clients, err := management.ParseStatus(answer)
	return slices.DeleteFunc(clients, func(c management.Client) bool { return slices.Contains(s.Admitted, c.Name) }), err
}
