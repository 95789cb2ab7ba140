package ec2

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// AnyPort stands for "all" in RuleSpec's ports, as in EC2.
const AnyPort = -1

// RuleSpec is one rule of a group, with one peer.
type RuleSpec struct {
	Egress      bool
	Protocol    string // as ParseProtocol gives it
	From, To    int    // AnyPort where the protocol has no ports
	Peer        string // a network, IPv4 or IPv6
	Description string
}

var protocols = map[string]string{
	"-1": "all", "all": "all", "tcp": "tcp", "6": "tcp", "udp": "udp", "17": "udp",
	"icmp": "icmp", "1": "icmp", "icmpv6": "icmpv6", "58": "icmpv6",
}

// ParseProtocol knows EC2's names and numbers: "-1" and "all", "tcp", "udp",
// "icmp", "icmpv6".
func ParseProtocol(s string) (string, error) {
	p, ok := protocols[strings.ToLower(s)]
	if !ok {
		return "", refuse("InvalidParameterValue", "Invalid value '%s' for IP protocol. Unknown protocol.", s)
	}
	return p, nil
}

func everythingOut(peer string) RuleSpec {
	return RuleSpec{Egress: true, Protocol: "all", From: AnyPort, To: AnyPort, Peer: peer}
}

// Check refuses what no rule can be, as far as the spec is known: an unknown
// peer is empty.
func (s RuleSpec) Check() error {
	if err := s.checkPorts(); err != nil {
		return err
	}
	if len(s.Description) > 255 || !describing.MatchString(s.Description) {
		return refuse("InvalidParameterValue", "Invalid rule description. Valid descriptions are strings %s", characterSet)
	}
	if s.Peer == "" {
		return nil
	}
	_, err := s.peer()
	return err
}

func (s RuleSpec) peer() (netip.Prefix, error) {
	if strings.Contains(s.Peer, ":") {
		return parseNetwork6(s.Peer)
	}
	return parseNetwork4(s.Peer)
}

func (s RuleSpec) checkPorts() error {
	switch s.Protocol {
	case "all", "icmp", "icmpv6":
		if s.From != AnyPort || s.To != AnyPort {
			return refuse("InvalidParameterValue", "Invalid value '%d-%d' for portRange. "+
				"The stand-in knows %s without ports or types only.", s.From, s.To, s.Protocol)
		}
		return nil
	}
	if s.From == AnyPort || s.To == AnyPort {
		return refuse("InvalidParameterValue",
			"Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.")
	}
	if s.From < 0 || s.To > 65535 || s.From > s.To {
		return refuse("InvalidParameterValue", "Invalid TCP/UDP port range (%d:%d)", s.From, s.To)
	}
	return nil
}

// same reports whether two rules admit the same; the description does not count.
func (s RuleSpec) same(other RuleSpec) bool {
	s.Description, other.Description = "", ""
	return s == other
}

// AuthorizeSecurityGroup adds rules to a group, all or none.
func (r *Region) AuthorizeSecurityGroup(ctx context.Context, groupID string, specs []RuleSpec) error {
	if err := r.authorizeRules("AuthorizeSecurityGroup", groupID, specs); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	g, err := r.group(groupID)
	if err != nil {
		return err
	}
	rules := slices.Clone(g.Rules)
	for _, s := range specs {
		if err := s.Check(); err != nil {
			return err
		}
		if _, err := s.peer(); err != nil {
			return err
		}
		if slices.ContainsFunc(rules, s.same) {
			return duplicate(s)
		}
		rules = append(rules, s)
	}
	return r.changeRules(ctx, g, rules)
}

func duplicate(s RuleSpec) error {
	what := strings.ToUpper(s.Protocol)
	if s.From != AnyPort {
		what += fmt.Sprintf(", from port: %d, to port: %d", s.From, s.To)
	}
	return refuse("InvalidPermission.Duplicate", "the specified rule \"peer: %s, %s, ALLOW\" already exists", s.Peer, what)
}

// RevokeSecurityGroup takes rules out of a group, all or none.
func (r *Region) RevokeSecurityGroup(ctx context.Context, groupID string, specs []RuleSpec) error {
	if err := r.authorizeRules("RevokeSecurityGroup", groupID, specs); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	g, err := r.group(groupID)
	if err != nil {
		return err
	}
	left := slices.Clone(g.Rules)
	for _, s := range specs {
		at := slices.IndexFunc(left, s.same)
		if at < 0 {
			return refuse("InvalidPermission.NotFound", "The specified rule does not exist in this security group.")
		}
		left = slices.Delete(left, at, at+1)
	}
	return r.changeRules(ctx, g, left)
}

// authorizeRules authorizes the actions that change such rules, one for each
// direction: "AuthorizeSecurityGroupIngress".
func (r *Region) authorizeRules(change, groupID string, specs []RuleSpec) error {
	for _, direction := range []struct {
		name   string
		egress bool
	}{{"Ingress", false}, {"Egress", true}} {
		if !slices.ContainsFunc(specs, func(s RuleSpec) bool { return s.Egress == direction.egress }) {
			continue
		}
		if err := r.authorize(change+direction.name, "security-group/"+groupID); err != nil {
			return err
		}
	}
	return nil
}
