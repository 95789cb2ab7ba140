package bridge

import (
	"context"

	"tripvpn/lab/cloud/ec2"
)

type vpc struct{}

// VpcInputs are the inputs of aws:ec2/vpc:Vpc.
type VpcInputs struct {
	Tagging
	CidrBlock                    string `pulumi:"cidrBlock"`
	AssignGeneratedIpv6CidrBlock *bool  `pulumi:"assignGeneratedIpv6CidrBlock,optional"`
}

// VpcState is the state of aws:ec2/vpc:Vpc.
type VpcState struct {
	VpcInputs
	Arn                    string `pulumi:"arn"`
	DefaultRouteTableId    string `pulumi:"defaultRouteTableId"`
	DefaultSecurityGroupId string `pulumi:"defaultSecurityGroupId"`
	Ipv6AssociationId      string `pulumi:"ipv6AssociationId"`
	Ipv6CidrBlock          string `pulumi:"ipv6CidrBlock"`
	MainRouteTableId       string `pulumi:"mainRouteTableId"`
	OwnerId                string `pulumi:"ownerId"`
}

func (i VpcInputs) spec() ec2.VpcSpec {
	return ec2.VpcSpec{CIDR: i.CidrBlock, IPv6: value(i.AssignGeneratedIpv6CidrBlock), Tags: i.TagsAll}
}

func (vpc) check(in VpcInputs, old *VpcState) error {
	if old != nil && value(old.AssignGeneratedIpv6CidrBlock) != value(in.AssignGeneratedIpv6CidrBlock) {
		return unsupported("giving a VPC an IPv6 block, or taking it away, later")
	}
	return in.spec().Check()
}

func (vpc) preview(in VpcInputs, old VpcState) VpcState {
	old.VpcInputs = in
	return old
}

func (vpc) create(_ context.Context, r *ec2.Region, in VpcInputs) (string, error) {
	v, err := r.CreateVpc(in.spec())
	return v.ID, err
}

func (vpc) read(r *ec2.Region, id string, old VpcState) (VpcState, error) {
	v, err := r.DescribeVpc(id)
	in := old.VpcInputs
	in.Tagging = in.split(v.Tags)
	return VpcState{
		VpcInputs:              in,
		Arn:                    r.ARN("vpc/" + id),
		DefaultRouteTableId:    v.MainTable,
		DefaultSecurityGroupId: v.DefaultGroup,
		Ipv6AssociationId:      v.AssociationID6,
		Ipv6CidrBlock:          text(v.Block6),
		MainRouteTableId:       v.MainTable,
		OwnerId:                ec2.AccountID,
	}, err
}

func (vpc) update(_ context.Context, r *ec2.Region, id string, in VpcInputs, _ VpcState) error {
	return r.TagVpc(id, in.TagsAll)
}

func (vpc) delete(_ context.Context, r *ec2.Region, id string, _ VpcState) error {
	return r.DeleteVpc(id)
}
