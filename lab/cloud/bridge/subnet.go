package bridge

import (
	"context"

	"tripvpn/lab/cloud/ec2"
)

type subnet struct{}

// SubnetInputs are the inputs of aws:ec2/subnet:Subnet.
type SubnetInputs struct {
	Tagging
	VpcId                       string  `pulumi:"vpcId"`
	CidrBlock                   string  `pulumi:"cidrBlock"`
	Ipv6CidrBlock               *string `pulumi:"ipv6CidrBlock,optional"`
	AvailabilityZone            *string `pulumi:"availabilityZone,optional"`
	AssignIpv6AddressOnCreation *bool   `pulumi:"assignIpv6AddressOnCreation,optional"`
}

// SubnetState is the state of aws:ec2/subnet:Subnet.
type SubnetState struct {
	SubnetInputs
	Arn                        string `pulumi:"arn"`
	Ipv6CidrBlockAssociationId string `pulumi:"ipv6CidrBlockAssociationId"`
	OwnerId                    string `pulumi:"ownerId"`
}

func (i SubnetInputs) spec() ec2.SubnetSpec {
	return ec2.SubnetSpec{
		VpcID: i.VpcId, CIDR: i.CidrBlock, CIDR6: value(i.Ipv6CidrBlock), Zone: value(i.AvailabilityZone),
		AssignIPv6: value(i.AssignIpv6AddressOnCreation), Tags: i.TagsAll,
	}
}

func (subnet) check(in SubnetInputs, old *SubnetState) error {
	if old != nil && value(old.Ipv6CidrBlock) != value(in.Ipv6CidrBlock) {
		return unsupported("changing the IPv6 block of a subnet")
	}
	return in.spec().Check()
}

func (subnet) preview(in SubnetInputs, old SubnetState) SubnetState {
	old.SubnetInputs = in
	return old
}

func (subnet) create(_ context.Context, r *ec2.Region, in SubnetInputs) (string, error) {
	s, err := r.CreateSubnet(in.spec())
	return s.ID, err
}

func (subnet) read(r *ec2.Region, id string, old SubnetState) (SubnetState, error) {
	s, err := r.DescribeSubnet(id)
	in := old.SubnetInputs
	in.AvailabilityZone, in.AssignIpv6AddressOnCreation, in.Tagging = &s.Zone, &s.AssignIPv6, in.split(s.Tags)
	return SubnetState{
		SubnetInputs:               in,
		Arn:                        r.ARN("subnet/" + id),
		Ipv6CidrBlockAssociationId: s.AssociationID6,
		OwnerId:                    ec2.AccountID,
	}, err
}

func (subnet) update(_ context.Context, r *ec2.Region, id string, in SubnetInputs, _ SubnetState) error {
	return r.ModifySubnet(id, value(in.AssignIpv6AddressOnCreation), in.TagsAll)
}

func (subnet) delete(_ context.Context, r *ec2.Region, id string, _ SubnetState) error {
	return r.DeleteSubnet(id)
}
