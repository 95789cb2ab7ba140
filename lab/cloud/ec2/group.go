package ec2

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// GroupSpec are the arguments of CreateSecurityGroup.
type GroupSpec struct {
	VpcID       string
	Name        string
	Description string
	Tags        map[string]string
}

// Group is a security group.
type Group struct {
	ID          string
	VpcID       string
	Name        string
	Description string
	Rules       []RuleSpec // in the order they were authorized
	Tags        map[string]string
}

// EC2's characters for names and descriptions in a VPC, see
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html.
var describing = regexp.MustCompile(`^[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]*$`)

const characterSet = "less than 256 characters from the following set: a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*"

// Check refuses invalid names, as far as the spec is known.
func (s GroupSpec) Check() error {
	if !ascii(s.Description) {
		return refuse("InvalidParameterValue", "Value (%s) for parameter GroupDescription is invalid. "+
			"Character sets beyond ASCII are not supported.", s.Description)
	}
	if len(s.Description) > 255 || !describing.MatchString(s.Description) {
		return refuse("InvalidParameterValue", "Invalid security group description. Valid descriptions are strings %s", characterSet)
	}
	if len(s.Name) > 255 || !describing.MatchString(s.Name) {
		return refuse("InvalidParameterValue", "Value (%s) for parameter GroupName is invalid. "+
			"Valid names are strings %s", s.Name, characterSet)
	}
	if strings.HasPrefix(s.Name, "sg-") {
		return refuse("InvalidParameterValue", "Value (%s) for parameter GroupName is invalid. "+
			"Group names may not be in the format sg-*", s.Name)
	}
	return nil
}

func ascii(s string) bool {
	return !slices.ContainsFunc([]byte(s), func(b byte) bool { return b > 127 })
}

// CreateSecurityGroup makes a group that admits no ingress and all egress.
func (r *Region) CreateSecurityGroup(s GroupSpec) (Group, error) {
	if err := r.authorize("CreateSecurityGroup", "security-group/*"); err != nil {
		return Group{}, err
	}
	if err := s.Check(); err != nil {
		return Group{}, err
	}
	if s.Name == "" || s.Description == "" {
		return Group{}, refuse("MissingParameter", "The request must contain the parameters GroupName and GroupDescription")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, err := r.vpc(s.VpcID); err != nil {
		return Group{}, err
	}
	for _, g := range r.groups {
		if g.VpcID == s.VpcID && g.Name == s.Name {
			return Group{}, refuse("InvalidGroup.Duplicate", "The security group '%s' already exists for VPC '%s'",
				s.Name, s.VpcID)
		}
	}
	return r.addGroup(s).clone(), nil
}

func (r *Region) addGroup(s GroupSpec) *Group {
	g := &Group{ID: newID("sg"), VpcID: s.VpcID, Name: s.Name, Description: s.Description, Tags: maps.Clone(s.Tags)}
	g.Rules = []RuleSpec{everythingOut("0.0.0.0/0"), everythingOut("::/0")}
	r.groups[g.ID] = g
	return g
}

// DescribeSecurityGroup finds a group.
func (r *Region) DescribeSecurityGroup(id string) (Group, error) {
	return describe(r, "DescribeSecurityGroups", r.group, id)
}

// TagSecurityGroup replaces a group's tags.
func (r *Region) TagSecurityGroup(id string, tags map[string]string) error {
	return tag(r, "security-group", r.group, id, func(g *Group) { g.Tags = maps.Clone(tags) })
}

// DeleteSecurityGroup removes a group that no instance is in.
func (r *Region) DeleteSecurityGroup(id string) error {
	if err := r.authorize("DeleteSecurityGroup", "security-group/"+id); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	g, err := r.group(id)
	if err != nil {
		return err
	}
	if r.vpcs[g.VpcID].DefaultGroup == id {
		return refuse("CannotDelete", "the specified group: %q name: %q cannot be deleted by a user", id, g.Name)
	}
	for _, i := range r.instances {
		if slices.Contains(i.GroupIDs, id) {
			return refuse("DependencyViolation", "resource %s has a dependent object", id)
		}
	}
	delete(r.groups, id)
	return nil
}

// changeRules gives a group new rules, and the instances that are in it. Where
// that fails the group keeps its old ones.
func (r *Region) changeRules(ctx context.Context, g *Group, rules []RuleSpec) error {
	old := g.Rules
	g.Rules = rules
	err := r.filterWhere(ctx, func(i *Instance) bool { return slices.Contains(i.GroupIDs, g.ID) })
	if err != nil {
		g.Rules = old
	}
	return err
}

func (r *Region) group(id string) (*Group, error) {
	if !wellFormed("sg", id) {
		return nil, refuse("InvalidGroupId.Malformed", "Invalid id: %q (expecting \"sg-...\")", id)
	}
	g, ok := r.groups[id]
	if !ok {
		return nil, refuse("InvalidGroup.NotFound", "The security group '%s' does not exist", id)
	}
	return g, nil
}

func (g *Group) clone() Group {
	c := *g
	c.Tags = maps.Clone(g.Tags)
	c.Rules = slices.Clone(g.Rules)
	return c
}
