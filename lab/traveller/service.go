package traveller

import (
	"context"
	"fmt"
	"path"
	"strings"

	"tripvpn/lab/poll"
)

// Service is an OpenVPN client under systemd, as Debian's package has it.
type Service struct {
	traveller *Traveller
	unit      string
}

// Install puts a profile where openvpn-client@NAME looks for it, and starts
// that, now and at every boot. It does not wait for the tunnel: see
// AwaitConnected.
func (t *Traveller) Install(ctx context.Context, name string, profile []byte) (*Service, error) {
	if err := t.machine.AwaitBooted(ctx); err != nil {
		return nil, err
	}
	file := path.Join("/etc/openvpn/client", name+".conf")
	if err := t.Place(ctx, file, profile); err != nil {
		return nil, err
	}
	s := &Service{t, "openvpn-client@" + name + ".service"}
	if _, err := t.machine.Run(ctx, "systemctl", "enable", "--now", "--no-block", s.unit); err != nil {
		return nil, fmt.Errorf("starting %q: %w", s.unit, err)
	}
	return s, nil
}

// AwaitConnected returns once the tunnel is up. It fails with the end of the
// log if the unit fails, or the context ends.
func (s *Service) AwaitConnected(ctx context.Context) error {
	var log string
	err := poll.Until(ctx, beat, func() (up bool, err error) {
		if log, err = s.Log(ctx); err != nil {
			return false, err
		}
		return strings.Contains(log, connected), s.failed(ctx)
	})
	if err != nil {
		return fmt.Errorf("connecting: %w; the client's log ends in:\n%s", err, lastLines(s.lastWords(ctx, log)))
	}
	return nil
}

// lastWords is the whole log of a unit that has failed: its last lines may
// not have been there yet when the log was read before.
func (s *Service) lastWords(ctx context.Context, before string) string {
	if _, err := s.traveller.machine.Run(ctx, "journalctl", "--sync"); err != nil {
		return before
	}
	if log, err := s.Log(ctx); err == nil {
		return log
	}
	return before
}

func (s *Service) failed(ctx context.Context) error {
	// is-failed exits with 0 if the unit has failed (systemctl(1)).
	if _, err := s.traveller.machine.Run(ctx, "systemctl", "is-failed", "--quiet", s.unit); err == nil {
		return fmt.Errorf("%q failed", s.unit)
	}
	return nil
}

// Log is the unit's log since the machine was booted.
func (s *Service) Log(ctx context.Context) (string, error) {
	return s.traveller.machine.Run(ctx, "journalctl", "--boot", "--no-pager", "--output=cat", "--unit="+s.unit)
}

// Remove stops the unit, for good, and waits until it has ended.
func (s *Service) Remove(ctx context.Context) error {
	_, err := s.traveller.machine.Run(ctx, "systemctl", "disable", "--now", s.unit)
	return err
}
