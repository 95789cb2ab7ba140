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
		if wrong := family.notInForce(parseRules(output)); len(wrong) > 0 {
			c.add(true, fmt.Sprintf("%s shows other rules, or no way to them, for %s", family.Save, strings.Join(wrong, ", ")))
		}
	}
	return c, nil
}

// notInForce returns the chains of ours that have other rules in force, or
// that the built-in chain does not jump to.
func (f Family) notInForce(inForce rules) []string {
	want, wrong := parseRules(f.Rules), []string{}
	for _, chain := range want.ours() {
		_, builtin, _ := strings.Cut(chain, "-")
		jump := fmt.Sprintf("-A %s -j %s", builtin, chain)
		if !slices.Equal(inForce[chain], want[chain]) || !slices.Contains(inForce[builtin], jump) {
			wrong = append(wrong, chain)
		}
	}
	return wrong
}

// Apply lets the unit load the rules, whether it ran already or not.
func (f Firewall) Apply(ctx context.Context, w host.Writer, _ Change) error {
	_, err := w.Run(ctx, "systemctl", "reload-or-restart", f.Unit)
	return err
}

// rules is the rules of every chain, in order, as lines "-A CHAIN ...". No
// chain of ours is in two tables.
type rules map[string][]string

// parseRules reads what iptables-save prints.
func parseRules(text string) rules {
	all := rules{}
	for line := range strings.Lines(text) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "-A" {
			all[fields[1]] = append(all[fields[1]], strings.TrimSpace(line))
		}
	}
	return all
}

// ours returns the chains that are named for the built-in chain that leads to
// them, as in TRIPVPN-INPUT, sorted.
func (r rules) ours() []string {
	var chains []string
	for chain := range r {
		if strings.Contains(chain, "-") {
			chains = append(chains, chain)
		}
	}
	slices.Sort(chains)
	return chains
}
