package ec2

import (
	"context"
	"net/netip"
	"slices"
)

// rules are the rules of an instance's groups, as far as its subnet's routes
// lead.
func (r *Region) rules(i *Instance) []Rule {
	reach := r.reach(r.subnets[i.SubnetID])
	var rules []Rule
	for _, id := range i.GroupIDs {
		for _, spec := range r.groups[id].Rules {
			rules = append(rules, spec.narrow(reach)...)
		}
	}
	return rules
}

// narrow makes of a group's rule what can come to pass: one rule for each
// reachable part of its peer, or the rule as it is if all of it is reachable.
func (s RuleSpec) narrow(reach []netip.Prefix) []Rule {
	peer, err := s.peer()
	if err != nil {
		return nil // authorizing it was refused
	}
	rule := Rule{Ingress: !s.Egress, Protocol: s.Protocol, Peer: peer}
	if s.From != AnyPort {
		rule.FromPort, rule.ToPort = uint16(s.From), uint16(s.To)
	}
	if slices.ContainsFunc(reach, func(network netip.Prefix) bool { return within(peer, network) }) {
		return []Rule{rule}
	}
	var rules []Rule
	for _, network := range reach {
		if within(network, peer) {
			rule.Peer = network
			rules = append(rules, rule)
		}
	}
	return rules
}

// filterVpc brings the rules before a VPC's machines up to date.
func (r *Region) filterVpc(ctx context.Context, vpcID string) error {
	return r.filterWhere(ctx, func(i *Instance) bool { return i.VpcID == vpcID })
}

// filterWhere brings the rules before some machines up to date, where they
// have changed. A machine that is still being launched gets its own when it is
// up.
func (r *Region) filterWhere(ctx context.Context, chosen func(*Instance) bool) error {
	for _, i := range r.instances {
		if !i.launched() || !chosen(i) {
			continue
		}
		if err := r.filter(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

func (r *Region) filter(ctx context.Context, i *Instance) error {
	rules := r.rules(i)
	if slices.Equal(rules, i.filtered) {
		return nil
	}
	if err := r.datacenter.Filter(ctx, r.Name, i.ID, rules); err != nil {
		return err
	}
	i.filtered = rules
	return nil
}
