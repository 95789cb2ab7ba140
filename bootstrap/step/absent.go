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
	Files []string // paths: the unit's own first, then those that belong to it
}

// Name is "no unit " and the unit's name.
func (a Absent) Name() string { return "no unit " + a.Unit }

// Check looks for the files, and for the unit in systemd.
func (a Absent) Check(ctx context.Context, r host.Reader) (c Change, err error) {
	for _, path := range a.paths() {
		exists, err := host.Exists(r, path)
		if err != nil {
			return c, fmt.Errorf("checking file %q: %w", path, err)
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

// Apply stops and disables the unit, and then removes the files, the unit's own last:
// as long as that file exists, the next run can continue after one that was cut off.
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

// paths are the files, and their temporary files from a run that was cut off.
func (a Absent) paths() []string {
	paths := slices.Clone(a.Files)
	for _, path := range a.Files {
		paths = append(paths, host.TempPath(path))
	}
	return paths
}
