package bridge

import (
	"context"
	"errors"
	"slices"

	"github.com/pulumi/pulumi-go-provider/infer"

	"tripvpn/lab/cloud/ec2"
)

type securityGroup struct{}

// SecurityGroupInputs are the inputs of aws:ec2/securityGroup:SecurityGroup.
type SecurityGroupInputs struct {
	Tagging
	Name        string  `pulumi:"name"`
	Description *string `pulumi:"description,optional"`
	VpcId       string  `pulumi:"vpcId"`
	Ingress     []Rule  `pulumi:"ingress,optional"`
	Egress      []Rule  `pulumi:"egress,optional"`
}

// SecurityGroupState is the state of aws:ec2/securityGroup:SecurityGroup.
type SecurityGroupState struct {
	SecurityGroupInputs
	Arn     string `pulumi:"arn"`
	OwnerId string `pulumi:"ownerId"`
}

// Annotate sets upstream's defaults.
func (i *SecurityGroupInputs) Annotate(a infer.Annotator) {
	a.SetDefault(&i.Description, "Managed by Pulumi")
}

func (i SecurityGroupInputs) spec() ec2.GroupSpec {
	return ec2.GroupSpec{VpcID: i.VpcId, Name: i.Name, Description: value(i.Description), Tags: i.TagsAll}
}

func (i SecurityGroupInputs) rules() ([]ec2.RuleSpec, error) {
	in, err := expand(i.Ingress, false)
	if err != nil {
		return nil, err
	}
	out, err := expand(i.Egress, true)
	return append(in, out...), err
}

func (securityGroup) check(in SecurityGroupInputs, _ *SecurityGroupState) error {
	if err := in.spec().Check(); err != nil {
		return err
	}
	rules, err := in.rules()
	if err != nil {
		return err
	}
	for _, rule := range rules {
		if err := rule.Check(); err != nil {
			return err
		}
	}
	return nil
}

func (securityGroup) preview(in SecurityGroupInputs, old SecurityGroupState) SecurityGroupState {
	old.SecurityGroupInputs = in
	return old
}

// create removes the rule that admits all egress, as upstream does: a program
// must list its egress rules.
func (securityGroup) create(ctx context.Context, r *ec2.Region, in SecurityGroupInputs) (string, error) {
	rules, err := in.rules()
	if err != nil {
		return "", err
	}
	g, err := r.CreateSecurityGroup(in.spec())
	if err != nil {
		return "", err
	}
	err = r.RevokeSecurityGroup(ctx, g.ID, g.Rules)
	if err == nil {
		err = r.AuthorizeSecurityGroup(ctx, g.ID, rules)
	}
	if err != nil {
		return "", errors.Join(err, r.DeleteSecurityGroup(g.ID))
	}
	return g.ID, nil
}

func (securityGroup) read(r *ec2.Region, id string, old SecurityGroupState) (SecurityGroupState, error) {
	g, err := r.DescribeSecurityGroup(id)
	in := old.SecurityGroupInputs
	in.Name, in.Description, in.VpcId, in.Tagging = g.Name, &g.Description, g.VpcID, in.split(g.Tags)
	in.Ingress, in.Egress = answered(in.Ingress, g, false), answered(in.Egress, g, true)
	return SecurityGroupState{
		SecurityGroupInputs: in,
		Arn:                 r.ARN("security-group/" + id),
		OwnerId:             ec2.AccountID,
	}, err
}

// update does not change the rules of a direction if the program lists none, as
// upstream does.
func (securityGroup) update(
	ctx context.Context, r *ec2.Region, id string, in SecurityGroupInputs, _ SecurityGroupState,
) error {
	wanted, err := in.rules()
	if err != nil {
		return err
	}
	g, err := r.DescribeSecurityGroup(id)
	if err != nil {
		return err
	}
	revoke := slices.DeleteFunc(slices.Clone(g.Rules), func(rule ec2.RuleSpec) bool {
		managed := rule.Egress && in.Egress != nil || !rule.Egress && in.Ingress != nil
		return !managed || slices.Contains(wanted, rule)
	})
	wanted = slices.DeleteFunc(wanted, func(rule ec2.RuleSpec) bool { return slices.Contains(g.Rules, rule) })
	if err := r.RevokeSecurityGroup(ctx, id, revoke); err != nil {
		return err
	}
	if err := r.AuthorizeSecurityGroup(ctx, id, wanted); err != nil {
		return err
	}
	return r.TagSecurityGroup(id, in.TagsAll)
}

func (securityGroup) delete(_ context.Context, r *ec2.Region, id string, _ SecurityGroupState) error {
	return r.DeleteSecurityGroup(id)
}
