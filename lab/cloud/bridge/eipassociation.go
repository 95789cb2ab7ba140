package bridge

import (
	"context"

	"tripvpn/lab/cloud/ec2"
)

type eipAssociation struct{}

// EipAssociationInputs are the inputs of aws:ec2/eipAssociation:EipAssociation.
type EipAssociationInputs struct {
	AllocationId string `pulumi:"allocationId"`
	InstanceId   string `pulumi:"instanceId"`
}

// EipAssociationState is the state of aws:ec2/eipAssociation:EipAssociation.
type EipAssociationState struct {
	EipAssociationInputs
	PublicIp string `pulumi:"publicIp"`
}

func (eipAssociation) check(EipAssociationInputs, *EipAssociationState) error { return nil }

func (eipAssociation) preview(in EipAssociationInputs, old EipAssociationState) EipAssociationState {
	old.EipAssociationInputs = in
	return old
}

// create associates the address, and removes it from another instance, as EC2
// does by default.
func (eipAssociation) create(ctx context.Context, r *ec2.Region, in EipAssociationInputs) (string, error) {
	a, err := r.AssociateAddress(ctx, in.AllocationId, in.InstanceId)
	return a.AssociationID, err
}

func (eipAssociation) read(r *ec2.Region, id string, _ EipAssociationState) (EipAssociationState, error) {
	a, err := r.DescribeAssociation(id)
	return EipAssociationState{
		EipAssociationInputs: EipAssociationInputs{AllocationId: a.AllocationID, InstanceId: a.InstanceID},
		PublicIp:             text(a.Public),
	}, err
}

func (eipAssociation) update(
	context.Context, *ec2.Region, string, EipAssociationInputs, EipAssociationState,
) error {
	return unsupported("changing an association, which upstream replaces")
}

func (eipAssociation) delete(ctx context.Context, r *ec2.Region, id string, _ EipAssociationState) error {
	return r.DisassociateAddress(ctx, id)
}
