package bridge

import (
	"context"
	"errors"

	"tripvpn/lab/cloud/ec2"
)

type internetGateway struct{}

// InternetGatewayInputs are the inputs of aws:ec2/internetGateway:InternetGateway.
type InternetGatewayInputs struct {
	Tagging
	VpcId *string `pulumi:"vpcId,optional"`
}

// InternetGatewayState is the state of aws:ec2/internetGateway:InternetGateway.
type InternetGatewayState struct {
	InternetGatewayInputs
	Arn     string `pulumi:"arn"`
	OwnerId string `pulumi:"ownerId"`
}

func (internetGateway) check(InternetGatewayInputs, *InternetGatewayState) error { return nil }

func (internetGateway) preview(in InternetGatewayInputs, old InternetGatewayState) InternetGatewayState {
	old.InternetGatewayInputs = in
	return old
}

func (internetGateway) create(ctx context.Context, r *ec2.Region, in InternetGatewayInputs) (string, error) {
	g, err := r.CreateInternetGateway(in.TagsAll)
	if err != nil || in.VpcId == nil {
		return g.ID, err
	}
	if err := r.AttachInternetGateway(ctx, g.ID, *in.VpcId); err != nil {
		return "", errors.Join(err, r.DeleteInternetGateway(g.ID))
	}
	return g.ID, nil
}

func (internetGateway) read(r *ec2.Region, id string, old InternetGatewayState) (InternetGatewayState, error) {
	g, err := r.DescribeInternetGateway(id)
	return InternetGatewayState{
		InternetGatewayInputs: InternetGatewayInputs{VpcId: &g.VpcID, Tagging: old.split(g.Tags)},
		Arn:                   r.ARN("internet-gateway/" + id),
		OwnerId:               ec2.AccountID,
	}, err
}

func (internetGateway) update(
	ctx context.Context, r *ec2.Region, id string, in InternetGatewayInputs, _ InternetGatewayState,
) error {
	g, err := r.DescribeInternetGateway(id)
	if err != nil {
		return err
	}
	if g.VpcID != value(in.VpcId) {
		if err := detach(ctx, r, g); err != nil {
			return err
		}
		if in.VpcId != nil {
			if err := r.AttachInternetGateway(ctx, id, *in.VpcId); err != nil {
				return err
			}
		}
	}
	return r.TagInternetGateway(id, in.TagsAll)
}

func (internetGateway) delete(ctx context.Context, r *ec2.Region, id string, _ InternetGatewayState) error {
	g, err := r.DescribeInternetGateway(id)
	if err != nil {
		return err
	}
	if err := detach(ctx, r, g); err != nil {
		return err
	}
	return r.DeleteInternetGateway(id)
}

func detach(ctx context.Context, r *ec2.Region, g ec2.Gateway) error {
	if g.VpcID == "" {
		return nil
	}
	return r.DetachInternetGateway(ctx, g.ID, g.VpcID)
}
