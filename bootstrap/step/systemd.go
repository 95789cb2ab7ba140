package step

import (
	"context"
	"fmt"
	"strings"

	"tripvpn/bootstrap/host"
)

// unitState is a unit's state in systemd.
type unitState struct {
	ActiveState      string
	UnitFileState    string
	NeedDaemonReload bool
}

func showUnit(ctx context.Context, r host.Reader, unit string) (unitState, error) {
	values, err := Properties(ctx, r, unit, "ActiveState", "UnitFileState", "NeedDaemonReload")
	if err != nil {
		return unitState{}, err
	}
	s := unitState{values["ActiveState"], values["UnitFileState"], values["NeedDaemonReload"] == "yes"}
	if s.ActiveState == "" {
		return s, fmt.Errorf("reading the state of unit %q: systemctl show printed no ActiveState", unit)
	}
	return s, nil
}

// Properties returns properties of a unit as systemd has read it: systemctl(1), show. A
// property that systemd does not know has no value.
func Properties(ctx context.Context, r host.Reader, unit string, names ...string) (map[string]string, error) {
	output, err := r.Query(ctx, "systemctl", "show", "--property="+strings.Join(names, ","), unit)
	if err != nil {
		return nil, err
	}
	values := map[string]string{}
	for line := range strings.Lines(output) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		values[name] = value
	}
	return values, nil
}
