package step

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"tripvpn/bootstrap/host"
)

// Service is a unit that runs, and was started with the current Inputs.
//
// The record contains the hash of the inputs of the last successful start. File.Apply
// removes the record before it changes an input (File.Record). So a record always
// describes the running service, wherever a run of this program was cut off.
type Service struct {
	Unit   string
	Inputs []File // the service reads them only at its start
	Record string // path
	Reload bool   // the service reads them again at a reload, and is not restarted
}

// Name is "service " and the unit's name.
func (s Service) Name() string { return "service " + s.Unit }

// Check compares the unit's state with systemd, and the inputs with the record.
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
	c.add(string(record) != s.recorded(), "was started with other files, and needs a restart")
	temp, err := host.Exists(r, host.TempPath(s.Record))
	if err != nil {
		return c, fmt.Errorf("checking record %q: %w", s.Record, err)
	}
	c.add(temp, "a run was cut off while writing its record")
	return c, nil
}

// Apply restarts the service, and writes the record. If the only difference is a
// partial record, Apply removes that and does not restart the service.
func (s Service) Apply(ctx context.Context, w host.Writer) error {
	if err := w.Remove(host.TempPath(s.Record)); err != nil {
		return err
	}
	if c, err := s.Check(ctx, w); err != nil || c.None() {
		return err
	}
	start := "restart"
	if s.Reload {
		start = "reload-or-restart"
	}
	if _, err := w.Run(ctx, "systemctl", start, s.Unit); err != nil {
		return fmt.Errorf("%w; read its log: journalctl -u %s", err, s.Unit)
	}
	return w.WriteFile(s.Record, []byte(s.recorded()), 0o600)
}

// recorded is the record's content after a start with these inputs.
func (s Service) recorded() string {
	var all string
	for _, file := range s.Inputs {
		all += fmt.Sprintf("%s %s\n", hash(file.Content), file.Path)
	}
	return hash(all) + "\n"
}
