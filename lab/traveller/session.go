package traveller

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"

	"tripvpn/lab/fabric/command"
	"tripvpn/lab/poll"
)

// connected is in OpenVPN's log when the tunnel is up, with its routes
// (OpenVPN's src/openvpn/init.c, initialization_sequence_completed).
const connected = "Initialization Sequence Completed"

// Session is an OpenVPN client that runs.
type Session struct {
	cmd    *exec.Cmd
	log    *command.Log
	cancel context.CancelFunc
	ended  chan struct{}
}

// Connect starts "openvpn --config" with a profile that is on the machine. It
// does not wait for the tunnel: see AwaitConnected.
func (t *Traveller) Connect(profile string) (*Session, error) {
	return Start(func(ctx context.Context) *exec.Cmd {
		return t.machine.Command(ctx, "openvpn", "--config", profile)
	})
}

// Start starts an OpenVPN client anywhere. The end of the command's context ends it. It
// does not wait for the tunnel: see AwaitConnected.
func Start(client func(context.Context) *exec.Cmd) (*Session, error) {
	ctx, cancel := context.WithCancel(context.Background())
	s := &Session{
		cmd:    client(ctx),
		log:    &command.Log{},
		cancel: cancel,
		ended:  make(chan struct{}),
	}
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	if err := s.cmd.Start(); err != nil {
		cancel()
		return nil, fmt.Errorf("starting openvpn: %w", err)
	}
	go func() {
		s.cmd.Wait()
		close(s.ended)
	}()
	return s, nil
}

// AwaitConnected returns once the tunnel is up. It fails with the end of the
// log if the client ends, or the context does.
func (s *Session) AwaitConnected(ctx context.Context) error {
	err := s.AwaitLog(ctx, connected)
	if err != nil {
		return fmt.Errorf("connecting: %w; the client's log ends in:\n%s", err, lastLines(s.Log()))
	}
	return nil
}

// AwaitLog returns once the log contains a text.
func (s *Session) AwaitLog(ctx context.Context, text string) error {
	return poll.Until(ctx, beat, func() (bool, error) {
		if strings.Contains(s.Log(), text) {
			return true, nil
		}
		select {
		case <-s.ended:
			return strings.Contains(s.Log(), text), errors.New("the client ended")
		default:
			return false, nil
		}
	})
}

// Log is the client's output so far.
func (s *Session) Log() string { return s.log.String() }

// Ended is closed when the client has ended.
func (s *Session) Ended() <-chan struct{} { return s.ended }

// Disconnect ends the client, as Ctrl-C does, and waits for it. A client
// that has ended already is not an error.
func (s *Session) Disconnect(ctx context.Context) error {
	s.cancel()
	select {
	case <-s.ended:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("disconnecting: %w", ctx.Err())
	}
}

func lastLines(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-15):], "\n")
}
