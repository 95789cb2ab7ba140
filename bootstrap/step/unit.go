package step

import (
	"context"

	"tripvpn/bootstrap/host"
)

// Unit is a systemd unit that starts at boot, and that systemd has read as it is on
// disk.
type Unit struct{ Unit string }

// Name is "unit " and the unit's name.
func (u Unit) Name() string { return "unit " + u.Unit }

// Check compares the unit's state in systemd.
func (u Unit) Check(ctx context.Context, r host.Reader) (c Change, err error) {
	state, err := showUnit(ctx, r, u.Unit)
	if err != nil {
		return c, err
	}
	c.add(state.NeedDaemonReload, "changed on disk, but systemd has not read it")
	c.add(state.UnitFileState != "enabled", "does not start at boot")
	return c, nil
}

// Apply enables the unit even if it is enabled, because systemctl(1) then makes systemd
// read all units again.
func (u Unit) Apply(ctx context.Context, w host.Writer) error {
	_, err := w.Run(ctx, "systemctl", "enable", u.Unit)
	return err
}
