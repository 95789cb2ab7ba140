package hosttest

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Text is the whole state of the machine, for comparing and reading: every file with
// its mode and hash, the active units, the sessions, and a hash of the rules in force.
func (m Machine) Text() string {
	var text strings.Builder
	state, err := m.recall()
	if err != nil {
		return err.Error()
	}
	for _, unit := range slices.Sorted(maps.Keys(state.Active)) {
		fmt.Fprintf(&text, "active %s, started with %s\n", unit, state.Active[unit])
	}
	for _, save := range slices.Sorted(maps.Keys(state.Rules)) {
		fmt.Fprintf(&text, "%s prints %s\n", save, hash(state.Rules[save]))
	}
	for _, instance := range slices.Sorted(maps.Keys(state.Sessions)) {
		for _, s := range state.Sessions[instance] {
			fmt.Fprintf(&text, "%s is connected to %s\n", s.Name, instance)
		}
	}
	err = filepath.WalkDir(m.Root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		content := ""
		if entry.Type().IsRegular() {
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			content = hash(string(data))
		}
		fmt.Fprintf(&text, "%s %s %s\n", info.Mode(), strings.TrimPrefix(path, m.Root), content)
		return nil
	})
	if err != nil {
		return err.Error()
	}
	return text.String()
}
