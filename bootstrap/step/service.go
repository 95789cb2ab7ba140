package step

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"tripvpn/bootstrap/host"
)

// Service is a unit that runs, with certain files as they were at its start.
//
// The record holds the hash of those files after a start that succeeded.
// Whoever changes one of them removes the record first (File.Record), so a
// record that stands says with what the service runs, wherever a run of this
// program was cut off.
type Service struct {
	Unit   string
	Inputs []File // read by the service when it starts
	Record string // path
}

// Name is the unit's name.
func (s Service) Name() string { return "service " + s.Unit }

// Check asks systemd whether the service runs, and the record with what.
func (s Service) Check(ctx context.Context, r host.Reader) (c Change, err error) {
	state, err := showUnit(ctx, r, s.Unit)
	if err != nil {
		return c, err
	}
	c.add(state.ActiveState != "active", fmt.Sprintf("is %s, not active", state.ActiveState))
	record, err := r.ReadFile(s.Record)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return c, fmt.Errorf("reading record %q: %w", s.Record, err)
	}
	c.add(string(record) != s.recorded(), "does not run with these files: it is restarted")
	unfinished, err := host.Exists(r, host.TempPath(s.Record))
	if err != nil {
		return c, fmt.Errorf("looking for record %q: %w", s.Record, err)
	}
	c.add(unfinished, "its record was being written when a run was cut off")
	return c, nil
}

// Apply restarts the service, and records it. If only a part of a record was
// left behind, it removes that, and does not disturb the service.
func (s Service) Apply(ctx context.Context, w host.Writer) error {
	if err := w.Remove(host.TempPath(s.Record)); err != nil {
		return err
	}
	if c, err := s.Check(ctx, w); err != nil || c.None() {
		return err
	}
	if _, err := w.Run(ctx, "systemctl", "restart", s.Unit); err != nil {
		return fmt.Errorf("%w; its log is shown by: journalctl -u %s", err, s.Unit)
	}
	return w.WriteFile(s.Record, []byte(s.recorded()), 0o600)
}

// recorded is what the record says after a start with these inputs.
func (s Service) recorded() string {
	var all string
	for _, file := range s.Inputs {
		all += fmt.Sprintf("%s %s\n", hash(file.Content), file.Path)
	}
	return hash(all) + "\n"
}
