package step

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"tripvpn/bootstrap/host"
)

// Firewall is a unit that loads rules, and these rules in force.
type Firewall struct {
	Unit     string
	Families []Family
}

// Family is the rules of one address family.
type Family struct {
	Save  string // the program that prints the rules in force
	Rules string // for the restore program, in the form that Save prints
}

// Name is the unit's name.
func (f Firewall) Name() string { return "firewall " + f.Unit }

// Check asks systemd, and compares the rules in force chain by chain.
func (f Firewall) Check(ctx context.Context, r host.Reader) (c Change, err error) {
	state, err := showUnit(ctx, r, f.Unit)
	if err != nil {
		return c, err
	}
	c.add(state.ActiveState != "active", fmt.Sprintf("is %s, not active", state.ActiveState))
	for _, family := range f.Families {
		output, err := r.Query(ctx, family.Save)
		if err != nil {
			return c, err
		}
		c.Reasons = append(c.Reasons, family.differences(parseRules(output))...)
	}
	return c, nil
}

// differences says which chains of ours have other rules in force, and to which
// the built-in chain does not jump before all else.
func (f Family) differences(inForce rules) []string {
	want := parseRules(f.Rules)
	var other, unreached, differences []string
	for _, ours := range want.ours() {
		if !slices.Equal(inForce[ours], want[ours]) {
			other = append(other, ours.name)
		}
		_, builtin, _ := strings.Cut(ours.name, "-")
		jump, found := fmt.Sprintf("-A %s -j %s", builtin, ours.name), inForce[chain{ours.table, builtin}]
		switch {
		case !slices.Contains(found, jump):
			unreached = append(unreached, ours.name)
		case found[0] != jump:
			differences = append(differences, fmt.Sprintf("%s shows %q ahead of the way to %s", f.Save, found[0], ours.name))
		}
	}
	if len(other) > 0 {
		differences = append(differences, fmt.Sprintf("%s shows other rules in %s", f.Save, strings.Join(other, ", ")))
	}
	if len(unreached) > 0 {
		differences = append(differences, fmt.Sprintf("%s shows no way to %s", f.Save, strings.Join(unreached, ", ")))
	}
	return differences
}

// Apply lets the unit load the rules, whether it ran already or not.
func (f Firewall) Apply(ctx context.Context, w host.Writer) error {
	_, err := w.Run(ctx, "systemctl", "reload-or-restart", f.Unit)
	return err
}

// rules is the rules of every chain, in order, as lines "-A CHAIN ...".
type rules map[chain][]string

type chain struct{ table, name string }

// parseRules reads what iptables-save prints: lines "*TABLE", and rules below.
func parseRules(text string) rules {
	all, table := rules{}, ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, "*"); ok {
			table = name
		}
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "-A" {
			all[chain{table, fields[1]}] = append(all[chain{table, fields[1]}], line)
		}
	}
	return all
}

// ours returns the chains that are named for the built-in chain that leads to
// them, as in TRIPVPN-INPUT, sorted by name.
func (r rules) ours() []chain {
	var chains []chain
	for chain := range r {
		if strings.Contains(chain.name, "-") {
			chains = append(chains, chain)
		}
	}
	slices.SortFunc(chains, func(a, b chain) int { return strings.Compare(a.name, b.name) })
	return chains
}
