package step

import (
	"context"
	"fmt"
	"slices"

	"tripvpn/bootstrap/host"
)

// Absent is a unit that neither exists nor runs.
type Absent struct {
	Unit  string
	Files []string // paths: the unit's own first, then what belongs to it
}

// Name is the unit's name.
func (a Absent) Name() string { return "no unit " + a.Unit }

// Check looks for the files, and asks systemd.
func (a Absent) Check(ctx context.Context, r host.Reader) (c Change, err error) {
	for _, path := range a.paths() {
		exists, err := host.Exists(r, path)
		if err != nil {
			return c, fmt.Errorf("looking for file %q: %w", path, err)
		}
		c.add(exists, fmt.Sprintf("file %s exists", path))
	}
	state, err := showUnit(ctx, r, a.Unit)
	if err != nil {
		return c, err
	}
	c.add(state.ActiveState == "active", "is active")
	return c, nil
}

// Apply stops and disables the unit before it removes the files, the unit's own
// last: as long as that is there, a run that was cut off can be taken up again.
func (a Absent) Apply(ctx context.Context, w host.Writer) error {
	state, err := showUnit(ctx, w, a.Unit)
	if err != nil {
		return err
	}
	if state.ActiveState == "active" {
		if _, err := w.Run(ctx, "systemctl", "stop", a.Unit); err != nil {
			return err
		}
	}
	if state.UnitFileState == "enabled" {
		if _, err := w.Run(ctx, "systemctl", "disable", a.Unit); err != nil {
			return err
		}
	}
	for _, path := range slices.Backward(a.paths()) {
		if err := w.Remove(path); err != nil {
			return err
		}
	}
	_, err = w.Run(ctx, "systemctl", "daemon-reload")
	return err
}

// paths are the files, and what a run that was cut off can have left of them.
func (a Absent) paths() []string {
	paths := slices.Clone(a.Files)
	for _, path := range a.Files {
		paths = append(paths, host.TempPath(path))
	}
	return paths
}
