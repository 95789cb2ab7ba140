package step

import (
	"context"
	"fmt"
	"strings"

	"tripvpn/bootstrap/host"
)

// unitState is what systemd says of a unit: systemctl(1), show.
type unitState struct {
	ActiveState      string
	UnitFileState    string
	NeedDaemonReload bool
}

func showUnit(ctx context.Context, r host.Reader, unit string) (unitState, error) {
	output, err := r.Query(ctx, "systemctl", "show", "--property=ActiveState,UnitFileState,NeedDaemonReload", unit)
	if err != nil {
		return unitState{}, err
	}
	var s unitState
	for line := range strings.Lines(output) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		switch key {
		case "ActiveState":
			s.ActiveState = value
		case "UnitFileState":
			s.UnitFileState = value
		case "NeedDaemonReload":
			s.NeedDaemonReload = value == "yes"
		}
	}
	if s.ActiveState == "" {
		return s, fmt.Errorf("reading the state of unit %q: systemctl show printed no ActiveState", unit)
	}
	return s, nil
}
