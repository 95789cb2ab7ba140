package step

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"tripvpn/bootstrap/host"
)

// Firewall is a unit that loads rules, and the rules that must be in force.
type Firewall struct {
	Unit     string
	Families []Family
}

// Family is the rules of one address family.
type Family struct {
	Save  string // the program that prints the rules in force
	Rules string // for the restore program, in the form that Save prints
}

// Name is "firewall " and the unit's name.
func (f Firewall) Name() string { return "firewall " + f.Unit }

// Check compares the unit's state, and the rules in force chain by chain.
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

// differences returns a reason for each rule that comes before a jump to our chains,
// for our chains whose rules differ, and for those that nothing jumps to.
func (f Family) differences(inForce rules) []string {
	want := parseRules(f.Rules)
	var changed, unreached, differences []string
	for _, ours := range want.ours() {
		if !slices.Equal(inForce[ours], want[ours]) {
			changed = append(changed, ours.name)
		}
		_, builtin, _ := strings.Cut(ours.name, "-")
		jump, found := fmt.Sprintf("-A %s -j %s", builtin, ours.name), inForce[chain{ours.table, builtin}]
		switch {
		case !slices.Contains(found, jump):
			unreached = append(unreached, ours.name)
		case found[0] != jump:
			differences = append(differences, fmt.Sprintf("%s: %q comes before the jump to %s", f.Save, found[0], ours.name))
		}
	}
	if len(changed) > 0 {
		differences = append(differences, fmt.Sprintf("%s: rules differ from the spec in %s", f.Save, strings.Join(changed, ", ")))
	}
	if len(unreached) > 0 {
		differences = append(differences, fmt.Sprintf("%s: nothing jumps to %s", f.Save, strings.Join(unreached, ", ")))
	}
	return differences
}

// Apply makes the unit load the rules, whether it is active or not.
func (f Firewall) Apply(ctx context.Context, w host.Writer) error {
	_, err := w.Run(ctx, "systemctl", "reload-or-restart", f.Unit)
	return err
}

// rules maps each chain to its rules, in order, as lines "-A CHAIN ...".
type rules map[chain][]string

type chain struct{ table, name string }

// parseRules reads the output of iptables-save: lines "*TABLE", and rules below them.
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

// ours returns our chains, sorted by name. Each is named after the built-in chain that
// jumps to it, as in TRIPVPN-INPUT.
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
