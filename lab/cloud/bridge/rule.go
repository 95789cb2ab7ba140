package bridge

import (
	"slices"
	"strings"

	"tripvpn/lab/cloud/ec2"
)

// Rule is a rule of a group as a program writes it. EC2 has one rule for each of
// its networks.
type Rule struct {
	Protocol       string   `pulumi:"protocol"`
	FromPort       int      `pulumi:"fromPort"`
	ToPort         int      `pulumi:"toPort"`
	CidrBlocks     []string `pulumi:"cidrBlocks,optional"`
	Ipv6CidrBlocks []string `pulumi:"ipv6CidrBlocks,optional"`
	Description    *string  `pulumi:"description,optional"`
}

// expand returns a rule for each network.
func expand(rules []Rule, egress bool) ([]ec2.RuleSpec, error) {
	var specs []ec2.RuleSpec
	for _, rule := range rules {
		if rule.Protocol == "" {
			continue // unknown, in a preview
		}
		spec, err := rule.spec(egress)
		if err != nil {
			return nil, err
		}
		for _, peer := range slices.Concat(rule.CidrBlocks, rule.Ipv6CidrBlocks) {
			spec.Peer = peer
			specs = append(specs, spec)
		}
	}
	return specs, nil
}

func (r Rule) spec(egress bool) (ec2.RuleSpec, error) {
	protocol, err := ec2.ParseProtocol(r.Protocol)
	if err != nil {
		return ec2.RuleSpec{}, err
	}
	spec := ec2.RuleSpec{
		Egress: egress, Protocol: protocol, From: r.FromPort, To: r.ToPort, Description: value(r.Description),
	}
	if protocol == "all" && r.FromPort == 0 && r.ToPort == 0 {
		spec.From, spec.To = ec2.AnyPort, ec2.AnyPort // upstream wants zeros here
	}
	return spec, nil
}

// answered are a group's rules of one direction, in the program's form if that is
// still correct.
func answered(old []Rule, g ec2.Group, egress bool) []Rule {
	var actual []ec2.RuleSpec
	for _, spec := range g.Rules {
		if spec.Egress == egress {
			actual = append(actual, spec)
		}
	}
	if said, err := expand(old, egress); err == nil && sameRules(said, actual) {
		return old
	}
	rules := []Rule{}
	for _, spec := range actual {
		rules = append(rules, ruleOf(spec))
	}
	return rules
}

func sameRules(a, b []ec2.RuleSpec) bool {
	missing := func(s ec2.RuleSpec) bool { return !slices.Contains(b, s) }
	return len(a) == len(b) && !slices.ContainsFunc(a, missing)
}

func ruleOf(s ec2.RuleSpec) Rule {
	rule := Rule{Protocol: s.Protocol, FromPort: s.From, ToPort: s.To, Description: &s.Description}
	if s.Protocol == "all" {
		rule.Protocol, rule.FromPort, rule.ToPort = "-1", 0, 0
	}
	if strings.Contains(s.Peer, ":") {
		rule.Ipv6CidrBlocks = []string{s.Peer}
	} else {
		rule.CidrBlocks = []string{s.Peer}
	}
	return rule
}
