package bridge

import (
	"context"

	"tripvpn/lab/cloud/ec2"
)

type routeTableAssociation struct{}

// RouteTableAssociationInputs are the inputs of
// aws:ec2/routeTableAssociation:RouteTableAssociation.
type RouteTableAssociationInputs struct {
	RouteTableId string `pulumi:"routeTableId"`
	SubnetId     string `pulumi:"subnetId"`
}

// RouteTableAssociationState is the state of
// aws:ec2/routeTableAssociation:RouteTableAssociation.
type RouteTableAssociationState struct {
	RouteTableAssociationInputs
}

func (routeTableAssociation) check(RouteTableAssociationInputs, *RouteTableAssociationState) error {
	return nil
}

func (routeTableAssociation) preview(
	in RouteTableAssociationInputs, _ RouteTableAssociationState,
) RouteTableAssociationState {
	return RouteTableAssociationState{in}
}

func (routeTableAssociation) create(
	ctx context.Context, r *ec2.Region, in RouteTableAssociationInputs,
) (string, error) {
	a, err := r.AssociateRouteTable(ctx, in.RouteTableId, in.SubnetId)
	return a.ID, err
}

func (routeTableAssociation) read(
	r *ec2.Region, id string, _ RouteTableAssociationState,
) (RouteTableAssociationState, error) {
	a, err := r.DescribeRouteTableAssociation(id)
	return RouteTableAssociationState{RouteTableAssociationInputs{RouteTableId: a.TableID, SubnetId: a.SubnetID}}, err
}

func (routeTableAssociation) update(
	ctx context.Context, r *ec2.Region, id string, in RouteTableAssociationInputs, _ RouteTableAssociationState,
) error {
	return r.ReplaceRouteTableAssociation(ctx, id, in.RouteTableId)
}

func (routeTableAssociation) delete(
	ctx context.Context, r *ec2.Region, id string, _ RouteTableAssociationState,
) error {
	return r.DisassociateRouteTable(ctx, id)
}
